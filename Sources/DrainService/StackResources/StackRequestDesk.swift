import DrainEngine
import DrainModel
import Logging

/// Takes what CloudFormation asks for, once it is known to be genuine: it is recorded, and ``StackResourceService`` does
/// the rest.
struct StackRequestDesk: Sendable {
    let ledger: any StackRequestLedger
    /// The clusters that are served; empty: all.
    let served: [ClusterName]
    let clock: any WallClock
    let isDryRun: Bool
    let logger: Logger

    /// Returns when it is durable.
    ///
    /// - Throws: ``LedgerError``; then it must come again.
    func take(_ message: StackMessage, from origin: DrainOrigin) async throws(LedgerError) {
        let request = StackRequestMachine.accept(message, from: origin, served: served, at: clock.now())
        let details = Logger.Metadata(request)
        guard !isDryRun else {
            logger.warning("dry run: not doing what CloudFormation asks for, nor answering it", metadata: details)
            return
        }
        do throws(LedgerError) {
            let isNew = try await ledger.accept(request)
            logger.info("\(isNew ? "CloudFormation asks for something" : "known already")", metadata: details)
        } catch {
            logger.error("not accepted: \(error)", metadata: details)
            throw error
        }
    }
}

extension Logger.Metadata {
    init(_ request: StackRequest) {
        self = [
            "request": "\(request.requestType.rawValue)", "resource": "\(request.resourceType)",
            "stack": "\(request.stackID)", "logicalId": "\(request.logicalResourceID)",
        ]
    }
}
