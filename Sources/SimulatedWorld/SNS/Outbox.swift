extension World {
    /// Messages on their way to endpoints.
    struct Outbox: Sendable {
        private var waiting = Agenda<Int>()
        private var letters: [Int: Letter] = [:]
        private var count = 0

        struct Letter: Sendable {
            let subscription: String
            let kind: Delivery.Kind
            let messageID: String
            let subject: String?
            let message: String
            let token: String?
            let timestamp: WorldTime
            /// The lifecycle action it announces.
            let about: LifecycleAction.ID?
            /// The attempts so far, and whether the last is under way.
            var attempts = 0
            var isUnderWay = false
        }

        var nextAt: WorldTime? { waiting.nextAt }

        mutating func add(_ letter: Letter, dueAt time: WorldTime) {
            letters[count] = letter
            waiting.add(count, at: time)
            count += 1
        }

        /// The next letter to be tried by that time, its attempt begun.
        mutating func nextAttempt(dueAt time: WorldTime) -> (id: Delivery.ID, letter: Letter)? {
            while let (_, number) = waiting.next(dueAt: time) {
                guard var letter = letters[number] else { continue }
                letter.attempts += 1
                letter.isUnderWay = true
                letters[number] = letter
                return (Delivery.ID(number: number, attempt: letter.attempts), letter)
            }
            return nil
        }

        /// The letter, if just this attempt is under way.
        func underWay(_ id: Delivery.ID) -> Letter? {
            guard let letter = letters[id.number], letter.isUnderWay, letter.attempts == id.attempt else { return nil }
            return letter
        }

        mutating func retry(_ id: Delivery.ID, at time: WorldTime) {
            letters[id.number]?.isUnderWay = false
            waiting.add(id.number, at: time)
        }

        mutating func remove(_ id: Delivery.ID) { letters[id.number] = nil }
    }
}
