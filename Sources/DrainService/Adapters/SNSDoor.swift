import AWSClient
import DrainEngine
import DrainModel
import HTTPEndpoint
import Logging
import SNSIntake

/// The SNS door: what was posted is verified, then recorded, then acknowledged. One log line says what became of it.
struct SNSDoor: MessageReceiver {
    let verifier: SNSVerifier
    let controller: DrainController
    let sns: SNS
    let clock: any WallClock
    let isDryRun: Bool
    let logger: Logger

    func receive(_ message: ReceivedMessage) async -> Receipt {
        let headers = SNSVerifier.Headers(
            messageType: message.messageType, isRawDelivery: message.isRawDelivery)
        do throws(SNSRefusal) {
            return await accept(try await verifier.verify(message.body, headers: headers, now: clock.now()))
        } catch {
            let receipt = Receipt(error.kind)
            logger.warning(
                "message refused: \(error.reason)", metadata: ["receipt": "\(receipt)", "peer": "\(message.peer)"])
            return receipt
        }
    }

    /// What is believed already.
    func accept(_ message: VerifiedMessage) async -> Receipt {
        switch message.content {
        case .notification(.lifecycleAction(let action)): return await accept(action)
        case .notification(.spotInterruption(let instance, let warnedAt)):
            return await accept(interruptionOf: instance, warnedAt: warnedAt)
        case .notification(.rebalanceRecommendation(let instance, let recommendedAt)):
            controller.noteRebalanceRecommendation(of: instance, at: recommendedAt)
            logger.info(
                "rebalance recommendation: EC2 may soon take the Spot instance back; no drain is begun for that",
                metadata: ["instance": "\(instance)"])
            return .accepted
        case .notification(.testNotification(let group)):
            logger.info("test notification: the hook of \(group) reaches draind")
            return .accepted
        case .notification(.unrelated(let summary)):
            // Should it be a hook in a form that we do not know, nobody will answer it.
            logger.log(
                level: message.mentionsLifecycleAction ? .warning : .info, "ignored: \(summary)",
                metadata: ["topic": "\(message.topicARN)"])
            return .accepted
        case .subscriptionConfirmation(let token): return await confirm(message.topicARN, token)
        case .unsubscribeConfirmation:
            logger.warning("unsubscribed: hooks no longer reach draind", metadata: ["topic": "\(message.topicARN)"])
            return .accepted
        }
    }

    private func accept(_ action: LifecycleAction) async -> Receipt {
        guard action.transition == .terminating else {
            logger.info("ignored: a launching instance", metadata: ["instance": "\(action.instance)"])
            return .accepted
        }
        do throws(LedgerError) {
            if try await !controller.accept(action, from: .sns) {
                logger.info("known already", metadata: ["instance": "\(action.instance)"])
            }
            return .accepted
        } catch {
            logger.error("not accepted: \(error)", metadata: ["instance": "\(action.instance)"])
            return .unavailable
        }
    }

    private func accept(interruptionOf instance: InstanceID, warnedAt: Timestamp) async -> Receipt {
        let details: Logger.Metadata = ["instance": "\(instance)"]
        do throws(LedgerError) {
            switch try await controller.accept(interruptionOf: instance, warnedAt: warnedAt, from: .sns) {
            case .accepted: break
            case .known: logger.info("known already", metadata: details)
            case .tooLate:
                logger.notice(
                    "too late: EC2 has taken the Spot instance back, as it warned at \(warnedAt.rfc3339)",
                    metadata: details)
            }
            return .accepted
        } catch {
            logger.error("not accepted: \(error)", metadata: details)
            return .unavailable
        }
    }

    private func confirm(_ topic: String, _ token: String) async -> Receipt {
        if isDryRun {
            let region = SNSTopic(arn: topic)?.region ?? ""
            logger.warning(
                """
                dry run: not confirming the subscription, so no hook arrives until you do: aws sns confirm-subscription \
                --region \(region) --topic-arn \(topic) --token \(token) --authenticate-on-unsubscribe true
                """, metadata: ["topic": "\(topic)"])
            return .accepted
        }
        do throws(AWSError) {
            let arn = try await sns.confirmSubscription(
                topicARN: topic, token: token, authenticateOnUnsubscribe: true)
            logger.notice("subscription confirmed", metadata: ["subscription": "\(arn)"])
            return .accepted
        } catch {
            logger.error("subscription not confirmed: \(error)", metadata: ["topic": "\(topic)"])
            return .unavailable
        }
    }
}

extension Receipt {
    fileprivate init(_ kind: SNSRefusal.Kind) {
        switch kind {
        case .unreadable: self = .unreadable
        case .forbidden: self = .refused
        case .certificateAway, .early: self = .unavailable
        }
    }
}
