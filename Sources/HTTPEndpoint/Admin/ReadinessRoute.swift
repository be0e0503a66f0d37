import Hummingbird

extension Routes {
    /// `GET /readyz`: 200 when draind can do its work, 503 with the reason when it cannot.
    func serveReadiness(_ readiness: @escaping @Sendable () async -> Readiness) {
        serve(
            "/readyz",
            [
                .get: { _, _ in
                    switch await readiness() {
                    case .ready(let role): return try .json(ReadinessJSON(role))
                    case .notReady(let reason, let hint):
                        throw EndpointError.unavailable("not-ready", reason, hint: hint)
                    }
                }
            ])
    }
}
