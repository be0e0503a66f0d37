import DrainModel
import HTTPEndpoint
import HTTPTransport
import SimulatedWorld

/// The draind of a demo: one, or several that share a table, and who of them decides.
struct DemoReplicas {
    /// How long a takeover may take on the slowest machine: a lease runs out after ten seconds.
    private static let patience: Duration = .seconds(120)

    private var replicas: [Replica] = []
    /// Once one was killed.
    private(set) var takeover: Takeover?

    private struct Replica {
        let process: DraindProcess
        var state = State.starting
    }

    private enum State: Hashable {
        case starting
        case decides(epoch: Int64)
        case standsBy
        case killed
    }

    /// A line of the display.
    typealias Row = (name: String, text: String, isSettled: Bool)

    var notificationEndpoints: [String] { replicas.map(\.process.notificationEndpoint) }
    var adminEndpoints: [String] { replicas.map(\.process).filter(\.isRunning).map(\.adminEndpoint) }
    var isTakingOver: Bool { takeover != nil && takeover?.successor == nil }

    private var living: [Replica] { replicas.filter { $0.state != .killed } }

    /// One after another: the first one makes the table, and decides.
    mutating func start(
        _ plot: DemoPlot, aws: String, topic: String, store: DraindProcess.Store, http: any HTTPClient
    ) async throws {
        for number in 1...plot.replicas {
            let process = try DraindProcess(
                name: plot.replicas > 1 ? "draind \(number)" : "draind", awsEndpoint: aws, topic: topic,
                drainTimeout: plot.drainTimeout, store: store, http: http)
            replicas.append(Replica(process: process))
            try await process.waitUntilReady()
        }
    }

    func stop(keepingLogs: Bool) {
        for replica in replicas { replica.process.stop(keepingLog: keepingLogs) }
    }

    /// As any of them has it: they record in one store.
    func drains() async throws -> [DrainJSON] {
        guard let replica = living.first else { throw DemoFailure("no draind runs") }
        return try await replica.process.drains()
    }

    /// Looks who runs, and who decides.
    mutating func look() async throws {
        for index in replicas.indices where replicas[index].state != .killed {
            guard replicas[index].process.isRunning else {
                throw DemoFailure("\(replicas[index].process.name) ended by itself")
            }
            // One that is alone always decides. One poll may fail, on a busy machine.
            guard replicas.count > 1, let answer = try? await replicas[index].process.role() else { continue }
            replicas[index].state = answer.epoch.map { State.decides(epoch: $0) } ?? .standsBy
        }
        if let term { takeover?.end(with: term) }
        if isTakingOver, let takeover, takeover.age > Self.patience {
            throw DemoFailure("nobody decides, \(Self.patience.brief) after the one that did was killed")
        }
    }

    /// Nobody, where nobody is known to decide.
    mutating func killTheOneThatDecides(at moment: WorldTime, openDrains: Int) {
        guard let term, let index = replicas.firstIndex(where: { $0.process.name == term.name }) else { return }
        takeover = Takeover(killed: term, at: moment, openDrains: openDrains)
        replicas[index].process.kill()
        replicas[index].state = .killed
    }

    /// The newest of those that say that they decide: a moment ago it may have been another.
    private var term: Takeover.Term? {
        living.compactMap { replica -> Takeover.Term? in
            guard case .decides(let epoch) = replica.state else { return nil }
            return Takeover.Term(name: replica.process.name, epoch: epoch)
        }.max { $0.epoch < $1.epoch }
    }

    // MARK: What is shown

    /// Empty where one is alone.
    var rows: [Row] { replicas.count > 1 ? replicas.map(row) : [] }

    private func row(_ replica: Replica) -> Row {
        (replica.process.name, text(replica), replica.state == .killed || takeover?.successor != nil)
    }

    private func text(_ replica: Replica) -> String {
        switch replica.state {
        case .starting: "starts"
        case .standsBy: isTakingOver ? "stands by, until the lease of the other has run out" : "stands by"
        case .killed:
            "killed (SIGKILL) while it decided in epoch \(takeover?.killed.epoch ?? 0), "
                + "with \(takeover?.openDrains ?? 0) drains open"
        case .decides(let epoch):
            "decides in epoch \(epoch)"
                + (takeover?.decidedAfter.map { ": took over \($0.inTenths) s after the kill" } ?? "")
        }
    }

    /// Where each of them is found.
    var guide: [String] {
        replicas.map { "\($0.process.name) \($0.process.adminEndpoint)/v1/drains   log \($0.process.logPath)" }
    }
}
