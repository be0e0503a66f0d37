import AWSClient
import DrainModel
import Testing

@testable import DrainService

@Suite("A call to AWS")
struct AWSClusterActuatorTests {
    private static let noActiveAction = AWSError.Reason.refused(
        code: "ValidationError", message: "No active Lifecycle Action found with instance ID i-1", status: 400,
        requestID: nil)
    private static let done =
        "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>"

    private let action = LifecycleAction(
        autoScalingGroup: "asg", lifecycleHook: "hook", instance: "i-1", token: "the-token", transition: .terminating,
        startedAt: Timestamp(millisecondsSinceEpoch: 0))

    private func complete(_ aws: ScriptedAWS) async -> CallAnswer? {
        let call = Call.complete("drain", action, .continue)
        return await AWSClusterActuator(caller: aws).perform([call])[call]
    }

    @Test("completes the action by its token")
    func byToken() async {
        let aws = ScriptedAWS(["CompleteLifecycleAction": { _ in Self.done }])
        #expect(await complete(aws) == .done)
        #expect(aws.bodies(of: "CompleteLifecycleAction").allSatisfy { $0.contains("LifecycleActionToken=the-token") })
        #expect(aws.operations.count == 1)
    }

    @Test("completes the instance's action when Auto Scaling does not know the token any more")
    func byInstance() async {
        let aws = ScriptedAWS([
            "CompleteLifecycleAction": { body throws(AWSError.Reason) in
                if body.contains("LifecycleActionToken") { throw Self.noActiveAction }
                return Self.done
            }
        ])
        #expect(await complete(aws) == .done)
    }

    @Test("says that there is no active action when there is none for the instance either")
    func noAction() async {
        let aws = ScriptedAWS(["CompleteLifecycleAction": { _ throws(AWSError.Reason) in throw Self.noActiveAction }])
        #expect(await complete(aws) == .noActiveAction)
    }

    @Test("says why it failed")
    func failed() async {
        let answer = await complete(ScriptedAWS([:]))
        guard case .failed(let reason) = answer else { return #expect(Bool(false), "\(String(describing: answer))") }
        #expect(reason.contains("CompleteLifecycleAction") && reason.contains("not in the script"))
    }

    @Test("sets several instances of a cluster to DRAINING in one request")
    func batch() async {
        let aws = ScriptedAWS(["UpdateContainerInstancesState": { _ in #"{"containerInstances":[],"failures":[]}"# }])
        let calls = (1...3).map { number in
            Call.setDraining(
                DrainID("drain-\(number)"),
                Drain.Location(cluster: "web", containerInstance: ContainerInstanceARN("host-\(number)")))
        }
        let answers = await AWSClusterActuator(caller: aws).perform(calls)
        #expect(calls.allSatisfy { answers[$0] == .done })
        #expect(aws.operations == ["UpdateContainerInstancesState"])
    }

    @Test("has failed when a 200 names an instance that was not changed")
    func failuresOfA200() async {
        let aws = ScriptedAWS([
            "UpdateContainerInstancesState": { _ in
                #"{"containerInstances":[],"failures":[{"arn":"host-1","reason":"INACTIVE"}]}"#
            }
        ])
        let call = Call.setDraining("drain", Drain.Location(cluster: "web", containerInstance: "host-1"))
        let answer = await AWSClusterActuator(caller: aws).perform([call])[call]
        #expect(answer == .failed("UpdateContainerInstancesState: failures: INACTIVE host-1"))
    }
}
