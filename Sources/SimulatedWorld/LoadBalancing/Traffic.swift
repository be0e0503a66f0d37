extension World {
    /// Steady traffic, counted exactly without simulating each request.
    ///
    /// Request number *n* arrives when `requestsPerSecond` × time reaches *n*. Between two changes of the target group
    /// the requests go round robin over the targets the load balancer believes in, so each target's number is known by
    /// division; whole numbers throughout, nothing is rounded away. Believed are the healthy targets; if there are
    /// none, the unhealthy ones (ELB "fails open"); if there are none either, the request is lost. Draining targets
    /// get no new requests. A request is served if somebody listens when it arrives, and lost after all if the
    /// listener ends within the request's duration.
    struct Traffic: Hashable, Sendable {
        var requestsPerSecond: Int
        /// In milliseconds.
        let requestDuration: Int64
        var requests = Requests()
        /// ``requests`` when the truth was last marked.
        var requestsAtMark = Requests()
        private var since: WorldTime?
        private var settledUntil: WorldTime?
        private var routed: Int64 = 0
        private var cursor = 0

        init(requestsPerSecond: Int, requestDuration: Int64) {
            self.requestsPerSecond = requestsPerSecond
            self.requestDuration = requestDuration
        }

        /// What one target was given in a stretch of time, evenly.
        struct Arrivals: Hashable, Sendable {
            let from: WorldTime
            let until: WorldTime
            let count: Int
        }

        /// From that moment on, another rate. Call only when settled until then.
        mutating func restart(requestsPerSecond rate: Int, at time: WorldTime) {
            requestsPerSecond = rate
            (since, settledUntil, routed) = (time, time, 0)
        }

        /// The requests that have arrived since the last settlement, and when that was.
        fileprivate mutating func arrivals(until time: WorldTime) -> (count: Int, from: WorldTime) {
            guard let since, let from = settledUntil else {
                (self.since, settledUntil) = (time, time)
                return (0, time)
            }
            let total = (time.milliseconds - since.milliseconds) * Int64(requestsPerSecond) / 1000
            let count = Int(total - routed)
            (settledUntil, routed) = (time, total)
            return (count, from)
        }

        /// How many of `count` requests each of `receivers` gets, continuing round robin.
        fileprivate mutating func shares(of count: Int, among receivers: Int) -> [Int] {
            let (each, odd) = count.quotientAndRemainder(dividingBy: receivers)
            let first = cursor % receivers
            cursor = (first + odd) % receivers
            return (0..<receivers).map { each + (($0 - first + receivers) % receivers < odd ? 1 : 0) }
        }
    }
}

extension World.TargetGroup {
    /// Counts the requests up to that moment. To be called before whatever changes targets.
    mutating func settleTraffic(until time: WorldTime) {
        let (count, from) = traffic.arrivals(until: time)
        guard count > 0 else { return }
        let healthy = targets.indices.filter { targets[$0].state == .healthy }
        let believed = healthy.isEmpty ? targets.indices.filter { targets[$0].state == .unhealthy } : healthy
        guard !believed.isEmpty else {
            traffic.requests.lost += count
            return
        }
        for (index, share) in zip(believed, traffic.shares(of: count, among: believed.count)) where share > 0 {
            guard targets[index].isAlive else {
                traffic.requests.lost += share
                continue
            }
            traffic.requests.served += share
            targets[index].arrivals.removeAll { $0.until.milliseconds <= time.milliseconds - traffic.requestDuration }
            targets[index].arrivals.append(.init(from: from, until: time, count: share))
        }
    }

    /// Nobody listens any more: what was in flight is lost. Call only when settled until then.
    mutating func endListener(ofTarget index: Int, at time: WorldTime) {
        targets[index].isAlive = false
        let inFlight = targets[index].arrivals.reduce(0) { $0 + stillInFlight($1, at: time) }
        traffic.requests.served -= inFlight
        traffic.requests.lost += inFlight
        targets[index].arrivals = []
    }

    /// The part of a stretch that lies within the last request duration, rounded down to whole requests.
    private func stillInFlight(_ arrivals: World.Traffic.Arrivals, at time: WorldTime) -> Int {
        let length = arrivals.until.milliseconds - arrivals.from.milliseconds
        let begin = max(arrivals.from.milliseconds, time.milliseconds - traffic.requestDuration)
        let overlap = max(0, arrivals.until.milliseconds - begin)
        return length == 0 ? 0 : Int(Int64(arrivals.count) * overlap / length)
    }
}
