extension World {
    /// An operation refused as AWS refuses it: the wire form is the protocol's business.
    public struct Failure: Error, Hashable, Sendable {
        /// `ValidationError`, `ClusterNotFoundException`, `TargetGroupNotFound`, `NotFound`, …
        public let code: String
        public let message: String
        /// The HTTP status; 400 for nearly everything.
        public let status: Int

        public init(_ code: String, _ message: String, status: Int = 400) {
            self.code = code
            self.message = message
            self.status = status
        }

        /// Auto Scaling's one code for whatever it does not like.
        package static func validation(_ message: String) -> Self { Self("ValidationError", message) }
    }
}
