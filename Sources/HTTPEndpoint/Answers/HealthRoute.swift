import Hummingbird

extension Routes {
    /// `GET /healthz`: 200 while the process serves.
    func serveHealth() {
        serve("/healthz", [.get: { _, _ in try .json(["status": "ok"]) }])
    }
}
