import DrainEngine
import DrainModel
import Logging

/// Returns when the request is durable, which came through that door.
typealias TakeStackRequest = @Sendable (StackMessage, DrainOrigin) async throws(LedgerError) -> Void

/// Does what an event asks for, once it is known to be genuine, and says so in the log.
struct EventDesk: Sendable {
    let controller: DrainController
    /// The door that events come through.
    let origin: DrainOrigin
    /// Records what CloudFormation asks for.
    let takeRequest: TakeStackRequest
    let logger: Logger

    /// Returns when whatever has to be remembered of it is durable.
    ///
    /// - Parameter topic: the one that it came through, for the log.
    /// - Throws: ``LedgerError``; then it must come again.
    func take(_ event: Event, from topic: String?) async throws(LedgerError) {
        let source = Logger.Metadata(topic: topic)
        switch event {
        case .lifecycleAction(let action): try await take(action)
        case .stackRequest(let message): try await takeRequest(message, origin)
        case .testNotification(let group):
            logger.info("test notification: the hook of \(group) reaches draind", metadata: source)
        case .spotInterruption(let instance, let warnedAt): try await take(interruptionOf: instance, warnedAt: warnedAt)
        case .rebalanceRecommendation(let instance, let recommendedAt):
            await controller.noteRebalanceRecommendation(of: instance, at: recommendedAt)
            logger.info(
                "rebalance recommendation: EC2 may soon take the Spot instance back; no drain is begun for that",
                metadata: ["instance": "\(instance)"])
        case .hint(let hint):
            controller.note(hint)
            // There are thousands.
            logger.debug("a hint to look", metadata: source.merging(Logger.Metadata(hint)) { _, new in new })
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

    private func take(interruptionOf instance: InstanceID, warnedAt: Timestamp) async throws(LedgerError) {
        let details: Logger.Metadata = ["instance": "\(instance)"]
        do throws(LedgerError) {
            switch try await controller.accept(interruptionOf: instance, warnedAt: warnedAt, from: origin) {
            case .accepted: break
            case .known: logger.info("known already", metadata: details)
            case .tooLate:
                logger.notice(
                    "too late: EC2 has taken the Spot instance back, as it warned at \(warnedAt.rfc3339)",
                    metadata: details)
            }
        } catch {
            logger.error("not accepted: \(error)", metadata: details)
            throw error
        }
    }
}

extension Logger.Metadata {
    init(topic: String?) { self = topic.map { ["topic": "\($0)"] } ?? [:] }

    fileprivate init(_ hint: ChangeHint) {
        self.init()
        self["cluster"] = hint.cluster.map { "\($0)" }
        self["instance"] = hint.instance.map { "\($0)" }
    }
}
