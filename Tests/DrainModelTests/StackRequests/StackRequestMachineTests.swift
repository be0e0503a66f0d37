import DrainModel
import Testing

@Suite("A request of CloudFormation")
struct StackRequestMachineTests {
    private let start = StackScene.start

    private func errand(_ message: StackMessage) -> StackRequestMachine.Errand? {
        StackRequestMachine.errand(for: StackScene.accepted(message))
    }

    // MARK: Hooks

    @Test("to create a hook sets it, and answers with its name")
    func create() throws {
        let request = StackScene.accepted(StackScene.message(.create))
        guard case .putHook(let address, _) = StackRequestMachine.errand(for: request) else {
            Issue.record("no hook is put")
            return
        }
        #expect(address.group == "web-asg")
        let done = StackRequestMachine.told(request, .done, at: start)
        #expect(done.answer?.isSuccess == true)
        #expect(done.answer?.body.contains(#""Data":{"HookName":"\#(address.hook)"}"#) == true)
    }

    @Test("to delete a hook removes that of its id, whatever the properties say")
    func delete() {
        let id = StackScene.madeID()
        let address = HookAddress(group: "web-asg", hook: .init(String(id.prefix { $0 != "@" })))
        #expect(errand(StackScene.message(.delete, id: id)) == .deleteHook(address))
        #expect(
            errand(StackScene.message(.delete, "Custom::DrainHook", ["Nonsense": "1"], id: id)) == .deleteHook(address))
    }

    @Test(
        "to delete what was not made for its resource succeeds, and touches nothing",
        arguments: [
            "draind-terminating-web-0123456789abcdef@web-asg", "somebody-elses-hook@web-asg", "web-asg", "@", "",
            "draind-drain-0123456789abcdef@group:web-asg",
        ])
    func foreign(id: String) {
        let request = StackScene.accepted(StackScene.message(.delete, id: id))
        #expect(request.task == .nothing)
        #expect(request.answer?.isSuccess == true)
    }

    @Test("to delete what another logical id made is not obeyed")
    func otherLogicalID() {
        let id = StackScene.madeID(logicalID: "Other")
        #expect(StackScene.accepted(StackScene.message(.delete, id: id)).task == .nothing)
    }

    @Test("to roll a refused create back succeeds")
    func rollback() {
        let refused = StackScene.accepted(StackScene.message(.create, "Custom::DrainHook", [:]))
        #expect(refused.answer?.isSuccess == false)
        let rolled = StackScene.accepted(
            StackScene.message(.delete, "Custom::DrainHook", [:], id: refused.madeResourceID))
        #expect(rolled.answer?.isSuccess == true)
    }

    @Test("that changes the group or the transition makes another resource, and any other change the same")
    func replacement() {
        let id = StackScene.madeID()
        #expect(StackScene.madeID("Custom::DrainHook", ["AutoScalingGroupName": "other"]) != id)
        let launching = "autoscaling:EC2_INSTANCE_LAUNCHING"
        let other = StackScene.madeID(
            "Custom::DrainHook", ["AutoScalingGroupName": "web-asg", "LifecycleTransition": launching])
        #expect(other != id)
        #expect(StackScene.madeID("Custom::DrainHook", ["AutoScalingGroupName": "web-asg", "Cluster": "web"]) == id)
    }

    @Test("of a launch hook is undone by its own id")
    func launchHook() {
        let id = StackScene.madeID(
            "Custom::DrainHook",
            ["AutoScalingGroupName": "web-asg", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"])
        guard case .deleteHook(let address) = StackScene.accepted(StackScene.message(.delete, id: id)).task else {
            Issue.record("no hook is removed")
            return
        }
        #expect(address.hook.rawValue.hasPrefix("draind-launching-web-"))
    }

    @Test("to update that fails keeps the resource that there is")
    func failedUpdate() throws {
        let id = StackScene.madeID()
        let request = StackScene.accepted(
            StackScene.message(.update, "Custom::DrainHook", ["AutoScalingGroupName": "other"], id: id))
        let failed = StackRequestMachine.overdue(request, at: request.answerBy)
        #expect(failed.answer?.isSuccess == false)
        #expect(failed.answer?.body.contains(#""PhysicalResourceId":"\#(id)""#) == true)
    }

    // MARK: Time

    @Test("that AWS refuses is tried for a minute, and then failed with AWS's words")
    func refused() {
        var request = StackScene.accepted(StackScene.message(.create))
        request = StackRequestMachine.told(request, .refused("AccessDenied"), at: start)
        request = StackRequestMachine.told(request, .refused("AccessDenied"), at: start + .seconds(59))
        #expect(request.isUndecided)
        request = StackRequestMachine.told(request, .refused("AccessDenied: not yours"), at: start + .seconds(60))
        #expect(request.answer?.reason == "AccessDenied: not yours")
    }

    @Test("that AWS does not answer is failed before CloudFormation gives up")
    func unanswered() {
        var request = StackScene.accepted(StackScene.message(.create, serviceTimeout: .seconds(300)))
        request = StackRequestMachine.told(request, .unanswered("no answer"), at: start)
        #expect(StackRequestMachine.overdue(request, at: start + .seconds(239)).isUndecided)
        let late = StackRequestMachine.overdue(request, at: start + .seconds(240))
        #expect(late.answer?.reason == "AWS has not done it in time: no answer")
    }

    @Test("that comes when CloudFormation has given up does nothing")
    func late() {
        let request = StackScene.accepted(StackScene.message(.create), at: start + .seconds(241))
        #expect(request.answer?.reason == "The request reached draind 241s late: nothing was done")
    }

    @Test("to make something is given up when a later one for the same resource has come")
    func superseded() {
        let create = StackScene.accepted(StackScene.message(.create))
        let delete = StackScene.accepted(
            StackScene.message(.delete, id: StackScene.madeID(), sentAt: start + .seconds(1)))
        let other = StackScene.accepted(StackScene.message(.create, logicalID: "Other", sentAt: start + .seconds(1)))
        #expect(StackRequestMachine.superseded(create, by: [create, other], at: start).isUndecided)
        #expect(!StackRequestMachine.superseded(create, by: [create, delete], at: start).isUndecided)
        #expect(StackRequestMachine.superseded(delete, by: [create, delete], at: start).isUndecided)
    }

    // MARK: Drains

    private func deletion(_ properties: [String: String] = [:]) -> StackRequest {
        let made = ["AutoScalingGroupName": "web-asg"]
        let all = made.merging(properties) { $1 }
        let id = StackScene.madeID("Custom::DrainOnDelete", made, logicalID: "Drain")
        return StackScene.accepted(
            StackScene.message(
                .delete, "Custom::DrainOnDelete", all, id: id, logicalID: "Drain", serviceTimeout: .seconds(3600)))
    }

    /// One that has begun to drain these.
    private func draining(_ drains: [Drain], _ properties: [String: String] = [:]) -> StackRequest {
        StackRequestMachine.begun(
            deletion(properties), Dictionary(uniqueKeysWithValues: drains.map { ($0.instance, $0.id) }))
    }

    private func looked(
        _ request: StackRequest, _ drains: [Drain], at members: [InstanceID]? = nil, after: Duration = .seconds(1)
    ) -> (request: StackRequest, begin: [InstanceID]) {
        StackRequestMachine.looked(
            request, at: members ?? drains.map(\.instance),
            drains: Dictionary(uniqueKeysWithValues: drains.map { ($0.id, $0) }), at: start + after)
    }

    @Test("to make what drains on deletion is answered at once")
    func drainOnDelete() {
        let request = StackScene.accepted(StackScene.message(.create, "Custom::DrainOnDelete", ["Cluster": "web"]))
        #expect(request.answer?.isSuccess == true)
    }

    @Test("to delete it drains every instance that is there, and no other twice")
    func drains() {
        let request = deletion()
        #expect(StackRequestMachine.errand(for: request) == .look(.autoScalingGroup("web-asg")))
        #expect(looked(request, [], at: ["i-1", "i-2"]).begin == ["i-1", "i-2"])
        let first = StackScene.drain("i-1")
        #expect(looked(draining([first]), [first], at: ["i-1", "i-2"]).begin == ["i-2"])
    }

    @Test("to delete it succeeds when there is nothing to drain")
    func nothingThere() {
        #expect(looked(deletion(), [], at: []).request.answer?.isSuccess == true)
    }

    @Test(
        "to delete it succeeds when every drain has let go",
        arguments: [DrainOutcome.drained, .forced, .notOurs, .gone])
    func drained(outcome: DrainOutcome) {
        let (done, open) = (StackScene.drain("i-1", outcome), StackScene.drain("i-2"))
        #expect(looked(draining([done, open]), [done, open]).request.isUndecided)
        // What has gone needs no drain any more.
        #expect(looked(draining([done, open]), [done, open], at: ["i-1"]).request.answer?.isSuccess == true)
    }

    @Test("to delete it fails when an operator calls a drain off")
    func cancelled() {
        let drain = StackScene.drain("i-1", .cancelled)
        let request = looked(draining([drain], ["OnTimeout": "continue"]), [drain]).request
        #expect(request.answer?.isSuccess == false)
    }

    @Test("to delete it drains anew what ran out of another's time")
    func timedOut() {
        let drain = StackScene.drain("i-1", .timedOut)
        #expect(looked(draining([drain]), [drain]).begin == ["i-1"])
    }

    @Test("to delete it fails at its Timeout, and names what blocks it first")
    func failsInTime() {
        var drain = StackScene.drain("i-1")
        drain.waitingFor = [Wait(.service, "api", "0 of 2 tasks healthy on other instances")]
        drain.blockedBy = [Blocker(.noCapacity, message: "No instance has room.", hint: "Add one.")]
        let request = draining([drain], ["Timeout": "10m"])
        #expect(looked(request, [drain], after: .seconds(599)).request.isUndecided)
        let reason = looked(request, [drain], after: .seconds(600)).request.answer?.reason
        #expect(
            reason == """
                1 of 1 instances of group web-asg are not drained after 10m. no-capacity: No instance has room. Add one. \
                i-1: waits for api (0 of 2 tasks healthy on other instances)
                """)
    }

    @Test("to delete it goes on at its Timeout where that is wanted")
    func goesOnInTime() {
        let drain = StackScene.drain("i-1")
        let request = draining([drain], ["Timeout": "10m", "OnTimeout": "continue"])
        let late = looked(request, [drain], after: .seconds(600)).request
        #expect(late.answer?.isSuccess == true)
        #expect(late.answer?.reason.hasPrefix("1 of 1 instances") == true)
    }

    @Test("to delete it takes of its properties what it can read")
    func lenient() {
        let request = deletion(["Timeout": "soon", "OnTimeout": "continue", "Nonsense": "1"])
        #expect(request.task == .drain(.autoScalingGroup("web-asg"), until: request.answerBy, onTimeout: .continue))
        let late = deletion(["Timeout": "1h"])
        #expect(late.task == .drain(.autoScalingGroup("web-asg"), until: late.answerBy, onTimeout: .fail))
    }

    @Test("to delete it is answered in time although nothing is seen")
    func unseen() {
        var request = StackRequestMachine.told(deletion(), .unanswered("no route"), at: start)
        request = StackRequestMachine.overdue(request, at: request.answerBy)
        #expect(request.answer?.reason == "The instances of group web-asg were not seen within 59m: no route")
    }

    // MARK: The answer

    @Test("is finished once CloudFormation has the answer")
    func acknowledged() {
        let decided = StackRequestMachine.told(StackScene.accepted(StackScene.message(.create)), .done, at: start)
        let again = StackRequestMachine.sent(decided, isAcknowledged: false, at: start + .seconds(1))
        #expect(StackRequestMachine.errand(for: again) == StackRequestMachine.errand(for: decided))
        let taken = StackRequestMachine.sent(again, isAcknowledged: true, at: start + .seconds(2))
        #expect(taken.finishedAt == start + .seconds(2))
        #expect(StackRequestMachine.errand(for: taken) == nil)
    }

    @Test("is finished when nobody can wait for the answer any more")
    func unacknowledged() {
        let decided = StackRequestMachine.told(StackScene.accepted(StackScene.message(.create)), .done, at: start)
        let open = StackRequestMachine.sent(decided, isAcknowledged: false, at: start + .seconds(4199))
        #expect(open.finishedAt == nil)
        let over = StackRequestMachine.sent(decided, isAcknowledged: false, at: start + .seconds(4200))
        #expect(over.finishedAt != nil && !over.isAcknowledged)
    }

    @Test("is answered once: what comes later changes nothing")
    func decidedOnce() {
        let decided = StackRequestMachine.told(StackScene.accepted(StackScene.message(.create)), .done, at: start)
        #expect(StackRequestMachine.told(decided, .refused("no"), at: start + .seconds(90)) == decided)
        #expect(StackRequestMachine.overdue(decided, at: start + .seconds(9000)) == decided)
    }
}
