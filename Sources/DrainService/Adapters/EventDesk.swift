import DrainEngine
import DrainModel
import Logging

/// Does what an event asks for, once it is known to be genuine, and says so in the log.
struct EventDesk: Sendable {
    let controller: DrainController
    /// The door that events come through.
    let origin: DrainOrigin
    let logger: Logger

    /// Returns when whatever has to be remembered of it is durable.
    ///
    /// - Parameter topic: the one that it came through, for the log.
    /// - Throws: ``LedgerError``; then it must come again.
    func take(_ event: Event, from topic: String?) async throws(LedgerError) {
        let source = Logger.Metadata(topic: topic)
        switch event {
        case .lifecycleAction(let action): try await take(action)
        case .testNotification(let group):
            logger.info("test notification: the hook of \(group) reaches draind", metadata: source)
        case .unrelated(let summary): logger.info("ignored: \(summary)", metadata: source)
        }
    }

    private func take(_ action: LifecycleAction) async throws(LedgerError) {
        let details: Logger.Metadata = ["instance": "\(action.instance)"]
        guard action.transition == .terminating else {
            logger.info("ignored: a launching instance", metadata: details)
            return
        }
        do throws(LedgerError) {
            if try await !controller.accept(action, from: origin) { logger.info("known already", metadata: details) }
        } catch {
            logger.error("not accepted: \(error)", metadata: details)
            throw error
        }
    }
}

extension Logger.Metadata {
    init(topic: String?) { self = topic.map { ["topic": "\($0)"] } ?? [:] }
}
