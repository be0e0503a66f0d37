extension Task where Failure == Never {
    /// What the task comes to; nil when whoever waits is cancelled before. The task itself goes on: others may wait too.
    var valueUnlessCancelled: Success? {
        get async {
            let (values, continuation) = AsyncStream.makeStream(of: Success.self)
            Task<Void, Never> { continuation.yield(await value) }
            return await values.first { _ in true }
        }
    }
}
