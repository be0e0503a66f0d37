import AWSClient
import DrainEngine
import DrainModel
import Foundation
import HTTPTransport
import LedgerConformance
import Ledgers
import Testing

/// A DynamoDB as a server, which `scripts/test` starts: moto's.
enum Moto {
    private static let url = ProcessInfo.processInfo.environment["TEST_DYNAMODB_URL"].flatMap { $0.isEmpty ? nil : $0 }
    /// What needs it is skipped where there is none; `scripts/test` does not put up with that.
    static let isThere = ConditionTrait.enabled(
        if: url != nil, "TEST_DYNAMODB_URL names no DynamoDB to test with; scripts/test starts one")

    private static let http = CurlClient()

    static func caller() throws -> any AWSCaller {
        try SigningCaller.fromEnvironment(
            [
                "AWS_ENDPOINT_URL_DYNAMODB": url ?? "", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_EC2_METADATA_DISABLED": "true",
            ], region: "eu-west-1", http: http)
    }
}

/// A table of a test's own, and the ledgers that share it.
struct SharedTable {
    let name = "drains-" + UUID().uuidString
    let clock = LeapingClock(LedgerConformance.start)

    /// - Parameter through: what stands between the ledger and DynamoDB.
    func ledger(
        through wrap: (any AWSCaller) -> any AWSCaller = { $0 }
    ) throws -> DynamoDBLedger {
        DynamoDBLedger(table: name, caller: wrap(try Moto.caller()), clock: clock)
    }

    func made() async throws -> Self {
        try await ledger().createTableIfMissing()
        return self
    }
}
