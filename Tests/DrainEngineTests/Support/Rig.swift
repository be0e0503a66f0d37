import DrainEngine
import DrainModel

/// A runner between an AWS in memory and a ledger that never fails, unless a test says so. It answers what the runner
/// asks for until it asks for nothing more, and remembers what was asked.
struct Rig {
    static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    var policy: EnginePolicy
    var runner: DrainRunner
    var cluster: FakeCluster
    var now = Self.start
    /// What calls of an operation are answered with, if not `done`.
    var answers: [String: CallAnswer] = [:]
    /// Operations that are not answered at all: their calls stay under way.
    var silent: Set<String> = []
    var recordsFail = false
    private(set) var reads: [Read] = []
    private(set) var calls: [Call] = []
    /// The size of each batch of calls.
    private(set) var batches: [Int] = []

    init(_ cluster: FakeCluster = FakeCluster(), policy: EnginePolicy = Rig.calm) {
        self.cluster = cluster
        self.policy = policy
        runner = DrainRunner(policy: policy)
    }

    /// Without sweeps and without a margin for AWS's lag: what most tests are not about.
    static var calm: EnginePolicy {
        var policy = EnginePolicy()
        policy.drain.consistencyMargin = .zero
        policy.reconcileInterval = nil
        return policy
    }

    static func action(
        _ number: Int = 1, token: LifecycleActionToken? = "t", startedAt: Timestamp = Rig.start
    ) -> LifecycleAction {
        LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: InstanceID("i-\(number)"), token: token,
            transition: .terminating, startedAt: startedAt)
    }

    func drain(_ number: Int = 1, token: LifecycleActionToken? = "t", startedAt: Timestamp = Rig.start) -> Drain {
        DrainMachine.accept(
            Self.action(number, token: token, startedAt: startedAt), from: .sns, at: Self.start, policy: policy.drain)
    }

    func current(_ number: Int = 1) -> Drain? { runner.current.first { $0.instance.rawValue == "i-\(number)" } }

    mutating func accept(_ numbers: ClosedRange<Int> = 1...1) {
        for number in numbers { tell(.accepted(drain(number))) }
    }

    /// Tells the runner, and answers whatever follows from it.
    mutating func tell(_ input: DrainRunner.Input) {
        var effects = runner.handle(input, at: now)
        while !effects.isEmpty {
            let effect = effects.removeFirst()
            switch effect {
            case .read(let read):
                reads.append(read)
                effects += runner.handle(.read(read, cluster.answer(to: read)), at: now)
            case .persist:
                effects += runner.handle(recordsFail ? .persistFailed(reason: "disk full") : .persisted, at: now)
            case .adopt(let action):
                let drain = DrainMachine.accept(action, from: .reconcile, at: now, policy: policy.drain)
                effects += runner.handle(.accepted(drain), at: now)
            case .perform(let batch):
                calls += batch
                batches.append(batch.count)
                if batch.contains(where: { silent.contains($0.operation) }) { continue }
                let told = Dictionary(uniqueKeysWithValues: batch.map { ($0, answers[$0.operation] ?? .done) })
                for case (.setDraining(_, let location), .done) in told {
                    cluster.hosts[location.containerInstance]?.status = .draining
                }
                effects += runner.handle(.answered(told), at: now)
            }
        }
    }

    /// Wakes the runner whenever it wants to be woken, until that time has passed.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let wake = runner.wakeAt(after: now), wake <= end {
            now = max(now + .milliseconds(1), wake)
            tell(.tick)
        }
        now = end
    }

    mutating func forgetWhatWasAsked() { (reads, calls, batches) = ([], [], []) }

    func count(_ operation: String) -> Int { calls.count { $0.operation == operation } }
}
