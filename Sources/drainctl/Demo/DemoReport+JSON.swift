import DrainModel
import Foundation
import HTTPEndpoint
import SimulatedWorld

extension DemoReport {
    /// One object: the DRAINs, and what the account saw.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(Output(self)), as: UTF8.self)
        }
    }

    private struct Output: Encodable {
        let scenario: String
        let drains: [DrainJSON]
        let blockers: [Blocker]
        let instances: [Instance]
        let services: [Service]
        let apiCalls: [String: Int]
        let violations: [String]
        let withoutDraind: WithoutDraind?
        let takeover: TakeoverJSON?
        let succeeded: Bool
        let conclusion: String

        init(_ report: DemoReport) {
            scenario = report.plot.scenario.rawValue
            drains = report.drains
            blockers = report.blockers
            instances = report.world.instanceTruths.map(Instance.init)
            services = report.world.serviceTruths.map(Service.init)
            apiCalls = report.world.apiCalls
            violations = report.world.violations.map(DemoReport.describe)
            withoutDraind = report.without
            takeover = report.takeover.map { TakeoverJSON($0, in: report) }
            succeeded = report.isGood
            conclusion = report.conclusion
        }
    }

    private struct Instance: Encodable {
        let instanceId: String
        let hookStartedAt: String
        let hookDeliveredAt: String?
        let lastReplacementHealthyAt: String?
        let drainedAt: String?
        let completedAt: String?

        init(_ truth: World.InstanceTruth) {
            instanceId = truth.instanceID
            hookStartedAt = truth.actionStartedAt.iso8601
            hookDeliveredAt = truth.notificationDeliveredAt?.iso8601
            lastReplacementHealthyAt = truth.lastReplacementHealthyAt?.iso8601
            drainedAt = truth.drainedAt?.iso8601
            completedAt = truth.actionCompletedAt?.iso8601
        }
    }

    private struct Service: Encodable {
        let name: String
        let leastHealthy: Int
        let minimum: Int
        let requestsServed: Int
        let requestsLost: Int

        init(_ truth: World.ServiceTruth) {
            name = truth.name
            leastHealthy = truth.leastInService
            minimum = truth.minimum
            requestsServed = truth.requests.served
            requestsLost = truth.requests.lost
        }
    }
}
