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
    let takeRequest: TakeStackRequest
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
        case .notification(.unrelated(let summary)) where message.mentionsLifecycleAction:
            // Should it be a hook in a form that we do not know, nobody will answer it.
            logger.warning("ignored: \(summary)", metadata: ["topic": "\(message.topicARN)"])
            return .accepted
        case .notification(let event):
            do throws(LedgerError) {
                try await EventDesk(
                    controller: controller, origin: .sns, takeRequest: takeRequest, logger: logger
                )
                .take(event, from: message.topicARN)
                return .accepted
            } catch {
                return .unavailable
            }
        case .subscriptionConfirmation(let token): return await confirm(message.topicARN, token)
        case .unsubscribeConfirmation:
            logger.warning("unsubscribed: hooks no longer reach draind", metadata: ["topic": "\(message.topicARN)"])
            return .accepted
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
