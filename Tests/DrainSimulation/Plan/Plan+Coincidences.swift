import DrainEngine
import DrainModel
import SimulatedWorld

// What must come together for some faults to show, and would be drawn too seldom each for itself.
extension Plan {
    /// To be called when all else is drawn.
    mutating func addCoincidences(from random: inout SeededGenerator) {
        if random.chance(0.15) { script += interruption(from: &random) }
        if random.chance(0.08) { addTasksAtTheLastMoment(from: &random) }
        if random.chance(0.05) { addMessageAfterReturn(from: &random) }
        if random.chance(0.02) { addUnheardAction(from: &random) }
        if random.chance(0.02) { addWorkOnSpot(from: &random) }
        script.sort { $0.at < $1.at }
    }

    /// A Spot instance is taken back among other things that happen to it: standalone tasks begin, a hook is open already
    /// or will be.
    private func interruption(from random: inout SeededGenerator) -> [Scripted] {
        let cluster = random.number(in: 0...clusters.count - 1)
        // However many there are then, one of the first two is the same at each of these times.
        let instance = random.number(in: 0...1)
        let moment = Duration.seconds(random.number(in: 100...Int(duration.components.seconds / 2)))
        var script = [Scripted(at: moment, .interrupt(cluster: cluster, instance: instance))]
        for _ in 0..<random.number(in: 0...2) {
            script.append(Scripted(at: moment - .seconds(30), .runTask(cluster: cluster)))
        }
        if random.chance(0.6) {
            let apart = Duration.seconds(random.number(in: -90...110))
            script.append(Scripted(at: moment + apart, .replace(cluster: cluster, instance: instance)))
        }
        return script
    }

    /// Tasks are placed until the very moment at which an empty instance is DRAINING, and answers lag.
    private mutating func addTasksAtTheLastMoment(from random: inout SeededGenerator) {
        let cluster = random.number(in: 0...clusters.count - 1)
        clusters[cluster].instances = 2
        clusters[cluster].services = []
        clusters[cluster].standaloneTasks = 0
        policy.drain.pollInterval = .seconds(1)
        if policy.drain.standaloneTasks == .ignore { policy.drain.standaloneTasks = .wait }
        policy.apiShare = max(policy.apiShare, 25)
        faults.stale = 0.6
        let moment = Duration.seconds(random.number(in: 30...200))
        script.append(Scripted(at: moment, .scaleIn(cluster: cluster, by: 2)))
        // Few: what is there when the first look comes is known, and ends.
        for _ in 0..<random.number(in: 1...3) {
            let at = moment + random.milliseconds(in: 300...4000)
            script.append(Scripted(at: at, .runTask(cluster: cluster)))
        }
    }

    /// A Spot instance that does nothing but run standalone tasks is taken back, and nothing goes wrong.
    private mutating func addWorkOnSpot(from random: inout SeededGenerator) {
        let cluster = random.number(in: 0...clusters.count - 1)
        clusters[cluster].services = []
        clusters[cluster].standaloneTasks = clusters[cluster].instances * 2
        policy.drain.standaloneTasks = .wait
        policy.apiShare = max(policy.apiShare, 25)
        faults = FaultPlan()
        let moment = Duration.seconds(random.number(in: 60...200))
        script.append(Scripted(at: moment, .interrupt(cluster: cluster, instance: random.number(in: 0...1))))
    }

    /// No message reaches draind, at the end of the disturbances, and Auto Scaling waits for long.
    private mutating func addUnheardAction(from random: inout SeededGenerator) {
        let cluster = random.number(in: 0...clusters.count - 1)
        clusters[cluster].hooks = [HookPlan()]
        clusters[cluster].hooks[0].heartbeatTimeout = .seconds(900)
        faults.messageLost = 1
        script.append(Scripted(at: duration - .seconds(random.number(in: 1...60)), .scaleIn(cluster: cluster, by: 1)))
    }

    /// An action ends without us, its instance comes back from the warm pool, and only then its message arrives, while
    /// Auto Scaling answers badly.
    private mutating func addMessageAfterReturn(from random: inout SeededGenerator) {
        let cluster = random.number(in: 0...clusters.count - 1)
        clusters[cluster].warmPool = World.WarmPool(state: .running)
        clusters[cluster].hooks = [HookPlan()]
        (faults.messageLate, faults.messageDuplicated, faults.callRefused) = (0.95, 0.6, 0.4)
        let moment = Duration.seconds(random.number(in: 30...120))
        script.append(Scripted(at: moment, .scaleIn(cluster: cluster, by: 1)))
        script.append(Scripted(at: moment + .seconds(1), .answerByHand(0)))
        script.append(Scripted(at: moment + .seconds(20), .replace(cluster: cluster, instance: 0)))
    }
}
