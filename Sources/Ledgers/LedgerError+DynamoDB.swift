import AWSClient
import DrainEngine

extension LedgerError {
    /// What an error of DynamoDB means for whoever asked.
    ///
    /// - Parameter isWrite: whether the operation changes something.
    init(_ error: AWSError, isWrite: Bool, table: String) {
        let message = "DynamoDB table \(table): \(error)\(Self.advice(for: error).map { "; \($0)" } ?? "")"
        self = isWrite && error.mayHaveBeenReceived ? .unknownOutcome(message) : .unavailable(message)
    }

    private static func advice(for error: AWSError) -> String? {
        if error.isThrottling || error.cancellationReasons?.contains(where: \.isThrottling) ?? false {
            return "if that lasts, look at the table's throughput and at the account's quotas"
        }
        if error.isTableMissing { return "create it (--create-table), or name another" }
        if case .refused("AccessDeniedException", _, _, _) = error.reason {
            return "allow draind what the README lists for DynamoDB"
        }
        return nil
    }
}
