extension World {
    struct Traffic: Hashable, Sendable {
        var requestsPerSecond: Int
        var requestDuration: Duration

        struct Arrivals: Hashable, Sendable {}
    }
}
