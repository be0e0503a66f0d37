import DrainModel
import Testing

@testable import DrainEngine

@Suite("A look at a cluster")
struct ClusterLookTests {
    private let now = Rig.start

    private func request(_ known: Set<TaskARN> = [], mustList: Bool = true, services: Set<ServiceName> = [])
        -> LookRequest
    {
        var request = LookRequest(cluster: "web", services: services)
        request.hosts["host-1"] = LookRequest.Host(instance: "i-1", knownTasks: known, mustList: mustList)
        return request
    }

    /// Answers everything it wants, and gives what it asked.
    private func take(_ request: LookRequest, in cluster: FakeCluster) -> (look: ClusterLook, reads: [Read]) {
        var look = ClusterLook(request, healthChecks: [:], at: now)
        var reads: [Read] = []
        while let read = look.wanted.first, reads.count < 100 {
            reads.append(read)
            look.take(read, cluster.answer(to: read), sentAt: now, at: now)
        }
        return (look, reads)
    }

    @Test(
        "lists an instance's tasks in both desired statuses: one that is stopping is desired STOPPED long before its end"
    )
    func bothStatuses() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.put("leaving", on: 1, lastStatus: "DEACTIVATING")
        let look = take(request(), in: cluster).look
        #expect(look.snapshot.tasks["leaving"]?.lastStatus == "DEACTIVATING")
        #expect(look.snapshot.listedContainerInstances == ["host-1"])
    }

    @Test("follows the pages of every list to the end")
    func pages() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.pageSize = 2
        for number in 1...7 { cluster.put(TaskARN("task-\(number)"), on: 1) }
        #expect(take(request(), in: cluster).look.snapshot.tasks.count == 7)
    }

    @Test("sees the replacements of services that only this look has found")
    func newServices() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.services["shop"] = ObservedService(name: "shop", desiredCount: 2)
        cluster.put("old", on: 1, service: "shop")
        cluster.put("new", on: 2, service: "shop")
        let snapshot = take(request(), in: cluster).look.snapshot
        #expect(snapshot.services.keys.map(\.rawValue) == ["shop"])
        #expect(snapshot.tasks["new"] != nil)
    }

    @Test("asks whether a task's health is checked once for each definition, and only where it matters")
    func healthChecks() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.services["shop"] = ObservedService(name: "shop", desiredCount: 2)
        for number in 1...5 { cluster.put(TaskARN("new-\(number)"), on: 2, service: "shop") }
        let (look, reads) = take(request(services: ["shop"]), in: cluster)
        #expect(reads.count { $0 == .describeTaskDefinition("definition") } == 1)
        #expect(look.snapshot.tasks["new-1"]?.health == .notChecked)
        cluster.taskDefinitionsWithHealthCheck = ["definition"]
        #expect(take(request(services: ["shop"]), in: cluster).look.snapshot.tasks["new-1"]?.health == .starting)
    }

    @Test("does not list again what it knows, until all of it has ended")
    func listsWhenEnded() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.put("task", on: 1)
        #expect(take(request(["task"], mustList: false), in: cluster).look.snapshot.listedContainerInstances.isEmpty)
        cluster.put("task", on: 1, lastStatus: "STOPPED")
        #expect(
            take(request(["task"], mustList: false), in: cluster).look.snapshot.listedContainerInstances == ["host-1"])
    }

    @Test("fails when a list and a description contradict each other: half a look is no look")
    func contradiction() {
        var look = ClusterLook(request(), healthChecks: [:], at: now)
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.put("task", on: 1)
        while let read = look.wanted.first {
            if case .describeTasks = read { cluster.tasks = [:] }
            look.take(read, cluster.answer(to: read), sentAt: now, at: now)
        }
        #expect(look.failure != nil)
    }

    @Test("fails when the tasks of an instance cannot be listed")
    func listFails() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.failures = [
            .listTasks("web", .containerInstance("host-1"), .stopped, page: nil): ReadFailure("AccessDenied")
        ]
        #expect(take(request(), in: cluster).look.failure?.description == "AccessDenied")
    }

    @Test("marks a target group that AWS will not show, and is whole otherwise")
    func unseenTargetGroup() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.services["shop"] = ObservedService(name: "shop", desiredCount: 1, targetGroups: ["tg"])
        cluster.put("old", on: 1, service: "shop")
        cluster.failures = [.describeTargetHealth("tg"): ReadFailure("AccessDenied")]
        let look = take(request(), in: cluster).look
        #expect(look.isComplete)
        #expect(look.snapshot.unseenLoadBalancers == ["tg": "AccessDenied"])
    }

    // MARK: Machines

    /// Instances 1 to 3 drain with a task each that ECS shows as RUNNING; the first one's agent is silent.
    private func silent() -> FakeCluster {
        var cluster = FakeCluster(hosts: 1...3, .draining)
        for number in 1...3 { cluster.put(TaskARN("task-\(number)"), on: number) }
        cluster.hosts["host-1"]?.agentConnected = false
        return cluster
    }

    private func machineReads(_ reads: [Read]) -> [Read] {
        reads.filter { if case .describeInstances = $0 { true } else { false } }
    }

    @Test("asks EC2 about the machines whose agent is silent while tasks are left there, and no others")
    func machines() {
        var cluster = silent()
        cluster.machines = ["i-1": "stopped"]
        var request = request()
        for number in 2...3 {
            request.hosts[FakeCluster.host(number)] = LookRequest.Host(
                instance: InstanceID("i-\(number)"), knownTasks: [], mustList: true)
        }
        let (look, reads) = take(request, in: cluster)
        #expect(machineReads(reads) == [.describeInstances(["i-1"], page: nil)])
        #expect(look.snapshot.machineStates == ["i-1": .named("stopped")])
    }

    @Test("does not ask EC2 where every task has ended")
    func noTaskLeft() {
        var cluster = silent()
        cluster.put("task-1", on: 1, lastStatus: "STOPPED")
        #expect(machineReads(take(request(), in: cluster).reads).isEmpty)
    }

    @Test("does not ask EC2 about what is none of its machines")
    func external() {
        var cluster = silent()
        cluster.hosts["host-1"] = ContainerInstance(
            arn: "host-1", instance: "mi-1", status: .draining, agentConnected: false)
        #expect(machineReads(take(request(), in: cluster).reads).isEmpty)
    }

    @Test("takes a machine for forgotten only when EC2 has answered to the last page and left it out")
    func forgottenMachine() {
        var look = ClusterLook(request(), healthChecks: [:], at: now)
        let cluster = silent()
        while let read = look.wanted.first, machineReads([read]).isEmpty {
            look.take(read, cluster.answer(to: read), sentAt: now, at: now)
        }
        look.take(.describeInstances(["i-1"], page: nil), .machines([:], next: "p2"), sentAt: now, at: now)
        #expect(look.snapshot.machineStates.isEmpty)
        #expect(look.wanted == [.describeInstances(["i-1"], page: "p2")])
        look.take(.describeInstances(["i-1"], page: "p2"), .machines([:], next: nil), sentAt: now, at: now)
        #expect(look.snapshot.machineStates == ["i-1": .forgotten])
    }

    @Test("is whole without EC2's answer, and keeps the reason")
    func machinesUnseen() {
        var cluster = silent()
        cluster.failures = [.describeInstances(["i-1"], page: nil): ReadFailure("UnauthorizedOperation")]
        let look = take(request(), in: cluster).look
        #expect(look.isComplete)
        #expect(look.snapshot.machineStates.isEmpty)
        #expect(look.snapshot.machinesUnseen == "UnauthorizedOperation")
    }

    @Test("lists the tasks of a machine that has ended once more: it may decide the drain")
    func listsOfEndedMachine() {
        var cluster = silent()
        cluster.machines = ["i-1": "stopped"]
        let look = take(request(["task-1"], mustList: false), in: cluster).look
        #expect(look.snapshot.listedContainerInstances == ["host-1"])
    }

    @Test("fails when ECS lists a task that it says it does not know, whichever it was asked first")
    func listedAndUnknown() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.put("task-1", on: 1)
        var look = ClusterLook(request(["task-1"], mustList: false), healthChecks: [:], at: now)
        while let read = look.wanted.first {
            let answer: ReadAnswer =
                if case .describeTasks = read { .tasks([], missing: ["task-1"]) } else { cluster.answer(to: read) }
            look.take(read, answer, sentAt: now, at: now)
        }
        #expect(look.failure?.description.contains("lists task task-1") == true)
    }

    @Test("asks once more about a task that was told to stop and is not known; then it has been forgotten")
    func forgottenWhileListed() {
        var cluster = FakeCluster(hosts: 1...1, .draining)
        cluster.put("task-1", on: 1)
        cluster.tasks["task-1"]?.desiredStatus = "STOPPED"
        var look = ClusterLook(request(mustList: true), healthChecks: [:], at: now)
        var questions = 0
        while let read = look.wanted.first {
            var answer = cluster.answer(to: read)
            if case .describeTasks = read {
                answer = .tasks([], missing: ["task-1"])
                questions += 1
            }
            look.take(read, answer, sentAt: now, at: now)
        }
        #expect(questions == 2)
        #expect(look.isComplete)
        #expect(look.snapshot.forgottenTasks == ["task-1"])
    }

    @Test("asks EC2 about a hundred machines a call")
    func machineBatches() {
        var cluster = FakeCluster(hosts: 1...150, .draining)
        var request = LookRequest(cluster: "web")
        for number in 1...150 {
            cluster.put(TaskARN("task-\(number)"), on: number)
            cluster.hosts[FakeCluster.host(number)]?.agentConnected = false
            cluster.machines[InstanceID("i-\(number)")] = "running"
            request.hosts[FakeCluster.host(number)] = LookRequest.Host(
                instance: InstanceID("i-\(number)"), knownTasks: [TaskARN("task-\(number)")], mustList: false)
        }
        let (look, reads) = take(request, in: cluster)
        #expect(machineReads(reads).count == 2)
        #expect(look.snapshot.machineStates.count == 150)
    }

    @Test("finds under which name an instance has registered anew")
    func successor() {
        var cluster = FakeCluster(hosts: 1...1, .inactive)
        cluster.hosts["host-1b"] = ContainerInstance(
            arn: "host-1b", instance: "i-1", status: .active, agentConnected: true)
        #expect(take(request(), in: cluster).look.snapshot.containerInstances["host-1b"]?.status == .active)
    }

    @Test("takes no answer that it did not ask for")
    func strayAnswers() {
        var look = ClusterLook(request(), healthChecks: [:], at: now)
        look.take(.describeTasks("web", ["stray"]), .tasks([], missing: ["stray"]), sentAt: now, at: now)
        #expect(look.snapshot.forgottenTasks.isEmpty)
        #expect(look.failure == nil)
    }

    @Test("takes no answer to a question that was asked before it began")
    func staleAnswers() {
        var look = ClusterLook(request(), healthChecks: [:], at: now)
        let read = look.wanted[0]
        look.take(read, FakeCluster().answer(to: read), sentAt: now - .seconds(1), at: now)
        #expect(look.wanted == [read])
    }
}
