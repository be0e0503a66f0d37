public import DrainModel

/// Where the requests of CloudFormation are kept, beside the drains of the same ``Ledger`` and by the same rules: what a
/// call writes is durable when it returns.
public protocol StackRequestLedger: Sendable {
    /// Records a request that just came in, whoever decides. Idempotent by ``StackRequest/id``: of an id that is known
    /// nothing changes.
    ///
    /// - Returns: whether it was new.
    func accept(_ request: StackRequest) async throws(LedgerError) -> Bool

    /// Records a new version of a known request. One that is recorded as finished stays as it is: finished is final. What
    /// is finished and came in longer ago than the ``LedgerRetention`` is forgotten, at the latest when another finishes.
    ///
    /// - Throws: ``LedgerError/fenced`` when a later epoch has begun; the writer must stop writing.
    func update(_ request: StackRequest, epoch: Epoch) async throws(LedgerError)

    /// Every request that is not finished, oldest acceptance first.
    func openStackRequests() async throws(LedgerError) -> [StackRequest]

    func stackRequest(_ id: StackRequestID) async throws(LedgerError) -> StackRequest?
}
