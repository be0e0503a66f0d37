import DrainModel
import Foundation
import HTTPEndpoint
import SimulatedAWS
import SimulatedWorld

/// How it went, as the simulated account itself knows it.
struct DemoReport {
    let drains: [DrainJSON]
    let world: World
    let without: WithoutDraind

    /// Whether every instance was drained before it ended, and no service ran below its minimum.
    var isGood: Bool {
        world.violations.isEmpty && drains.allSatisfy { $0.outcome == .drained }
            && world.serviceTruths.allSatisfy { $0.leastInService >= $0.minimum && $0.requests.lost == 0 }
            && world.instanceTruths.allSatisfy { $0.result == .continue }
    }

    var text: String {
        var instances = TextTable(titles: ["instance", "hook", "last replacement healthy", "completed", "outcome"])
        instances.rows = world.instanceTruths.map { truth in
            [
                truth.instanceID, seconds(truth.notificationDeliveredAt, truth),
                seconds(truth.lastReplacementHealthyAt, truth), seconds(truth.actionCompletedAt, truth),
                drains.first { $0.instanceId.rawValue == truth.instanceID }?.outcome?.rawValue ?? "none",
            ]
        }
        var services = TextTable(titles: ["service", "least healthy", "minimum", "requests lost"])
        services.rows = world.serviceTruths.map { service in
            [service.name, "\(service.leastInService)", "\(service.minimum)", "\(service.requests.lost)"]
        }
        var lines = ["", instances.text, "(seconds since the instance began to wait)", "", services.text]
        let calls = world.apiCalls.values.reduce(0, +)
        lines.append("\n\(calls) calls to AWS for \(drains.count) drains.")
        lines.append(isGood ? Console.green(verdict) : Console.red("Not as it should be: " + problems))
        return lines.joined(separator: "\n")
    }

    private var verdict: String {
        "Every instance was drained before it ended; no service ran below its minimum; no request was lost "
            + "(without draind: \(without.requestsLost))."
    }

    private var problems: String {
        var found = world.violations.map { "\($0.instanceID): \($0.kind) \($0.subject) \($0.detail)" }
        found += world.serviceTruths.filter { $0.leastInService < $0.minimum }.map {
            "\($0.name) ran below its minimum"
        }
        found += drains.filter { $0.outcome != .drained }.map { "\($0.instanceId): \($0.outcome?.rawValue ?? "open")" }
        return found.isEmpty ? "requests were lost" : found.joined(separator: "; ")
    }

    private func seconds(_ moment: WorldTime?, _ truth: World.InstanceTruth) -> String {
        guard let moment else { return "-" }
        return String(format: "%.1f", (moment - truth.actionStartedAt) / .milliseconds(100) / 10)
    }

    /// One object: the DRAINs, and what the account saw.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(Output(self)), as: UTF8.self)
        }
    }

    private struct Output: Encodable {
        let drains: [DrainJSON]
        let instances: [Instance]
        let services: [Service]
        let apiCalls: [String: Int]
        let violations: [String]
        let withoutDraind: WithoutDraind
        let succeeded: Bool

        init(_ report: DemoReport) {
            drains = report.drains
            instances = report.world.instanceTruths.map(Instance.init)
            services = report.world.serviceTruths.map(Service.init)
            apiCalls = report.world.apiCalls
            violations = report.world.violations.map { "\($0.instanceID): \($0.kind) \($0.subject) \($0.detail)" }
            withoutDraind = report.without
            succeeded = report.isGood
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
