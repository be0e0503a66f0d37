import AWSClient
import DrainEngine
import DrainModel
import Logging
import Testing

@testable import DrainService

@Suite("A call to AWS")
struct AWSClusterActuatorTests {
    private static let host = Drain.Location(cluster: "web", containerInstance: "host-1")
    private static let draining = (1...3).map { number in
        Call.setDraining(
            DrainID("drain-\(number)"),
            Drain.Location(cluster: "web", containerInstance: ContainerInstanceARN("host-\(number)")))
    }

    private static func action(_ token: LifecycleActionToken?) -> LifecycleAction {
        LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: "i-1", token: token, transition: .terminating,
            startedAt: Timestamp(millisecondsSinceEpoch: 0))
    }

    private func answer(_ aws: ScriptedAWS, to call: Call) async -> CallAnswer? {
        await AWSClusterActuator(caller: aws).perform([call])[call]
    }

    private static let heartbeatForm =
        "RecordLifecycleActionHeartbeat Action=RecordLifecycleActionHeartbeat&Version=2011-01-01"
        + "&LifecycleHookName=hook&AutoScalingGroupName=asg"
    private static let completionForm =
        "CompleteLifecycleAction Action=CompleteLifecycleAction&Version=2011-01-01"
        + "&LifecycleHookName=hook&AutoScalingGroupName=asg"

    /// Each kind of call, and all that AWS is sent for it.
    private static let requests: [(Call, String)] = [
        (
            .setDraining("d", host),
            #"UpdateContainerInstancesState {"cluster":"web","containerInstances":["host-1"],"status":"DRAINING"}"#
        ),
        (
            .setActive("d", host),
            #"UpdateContainerInstancesState {"cluster":"web","containerInstances":["host-1"],"status":"ACTIVE"}"#
        ),
        (
            .deregister("d", host),
            #"DeregisterContainerInstance {"cluster":"web","containerInstance":"host-1","force":true}"#
        ),
        (
            .stopTask("d", "web", "task-1"),
            #"StopTask {"cluster":"web","reason":"draind: the instance is about to end","task":"task-1"}"#
        ),
        (.recordHeartbeat("d", action("t")), heartbeatForm + "&LifecycleActionToken=t&InstanceId=i-1"),
        (.recordHeartbeat("d", action(nil)), heartbeatForm + "&InstanceId=i-1"),
        (
            .complete("d", action("t"), .continue),
            completionForm + "&LifecycleActionToken=t&InstanceId=i-1&LifecycleActionResult=CONTINUE"
        ),
        (
            .complete("d", action(nil), .abandon),
            completionForm + "&InstanceId=i-1&LifecycleActionResult=ABANDON"
        ),
    ]

    @Test("sends one request, which says all of it and no more", arguments: requests)
    func request(call: Call, request: String) async {
        let aws = ScriptedAWS(failing: .unreachable("away"))
        _ = await answer(aws, to: call)
        #expect(aws.requests.map(\.text) == [request])
    }

    @Test("is sent once and must be answered within five seconds", arguments: requests)
    func limits(call: Call, _: String) async {
        let aws = ScriptedAWS(failing: .unreachable("away"))
        _ = await answer(aws, to: call)
        #expect(aws.requests.map(\.attempts) == [1])
        #expect(aws.timeLimits == [.seconds(5)])
    }

    @Test(
        "is done when AWS says so",
        arguments: [
            (.setDraining("d", host), #"{"containerInstances":[],"failures":[]}"#),
            (.setActive("d", host), #"{"containerInstances":[],"failures":[]}"#),
            (.deregister("d", host), "{}"),
            (.stopTask("d", "web", "t"), #"{"task":{"taskArn":"t","desiredStatus":"STOPPED","lastStatus":"RUNNING"}}"#),
            (.recordHeartbeat("d", action("t")), success("RecordLifecycleActionHeartbeat")),
            (.complete("d", action("t"), .continue), success("CompleteLifecycleAction")),
        ] as [(Call, String)])
    func done(call: Call, body: String) async {
        #expect(await answer(ScriptedAWS(body), to: call) == .done)
    }

    private static func success(_ operation: String) -> String {
        "<\(operation)Response><\(operation)Result/></\(operation)Response>"
    }

    @Test(
        "finds no active action, and does not try the instance's in place of the token's",
        arguments: [Call.recordHeartbeat("d", action("old")), .complete("d", action("old"), .continue)])
    func noActiveAction(call: Call) async {
        let aws = ScriptedAWS(
            failing: .refused("ValidationError", "No active Lifecycle Action found with token old"))
        #expect(await answer(aws, to: call) == .noActiveAction)
        #expect(aws.requests.count == 1)
    }

    @Test("sets several instances of a cluster to DRAINING in one request")
    func batch() async {
        let aws = ScriptedAWS(#"{"containerInstances":[],"failures":[]}"#)
        let answers = await AWSClusterActuator(caller: aws).perform(Self.draining)
        #expect(answers == Dictionary(uniqueKeysWithValues: Self.draining.map { ($0, .done) }))
        #expect(
            aws.requests.map(\.text) == [
                #"UpdateContainerInstancesState {"cluster":"web","containerInstances":["host-1","host-2","host-3"],"#
                    + #""status":"DRAINING"}"#
            ])
    }

    @Test("has found nothing for the one instance that AWS left as it was, and is done for the others")
    func partialFailure() async {
        let aws = ScriptedAWS(
            #"{"containerInstances":[],"failures":[{"arn":"host-2","reason":"INACTIVE"}]}"#)
        let answers = await AWSClusterActuator(caller: aws).perform(Self.draining)
        #expect(Self.draining.map { answers[$0] } == [.done, .notFound("INACTIVE host-2"), .done])
    }

    @Test("fails for all instances of a request alike")
    func wholeFailure() async {
        let aws = ScriptedAWS(failing: .refused("ClusterNotFoundException"))
        let answers = await AWSClusterActuator(caller: aws).perform(Self.draining)
        let notFound = CallAnswer.notFound("UpdateContainerInstancesState: ClusterNotFoundException (HTTP 400): no")
        #expect(answers == Dictionary(uniqueKeysWithValues: Self.draining.map { ($0, notFound) }))
    }

    @Test("names an instance once that two drains are about, for two hooks")
    func oneInstanceTwice() async {
        let aws = ScriptedAWS(#"{"containerInstances":[],"failures":[]}"#)
        _ = await AWSClusterActuator(caller: aws).perform([.setDraining("d", Self.host), .setDraining("e", Self.host)])
        #expect(
            aws.requests.map(\.text) == [
                #"UpdateContainerInstancesState {"cluster":"web","containerInstances":["host-1"],"status":"DRAINING"}"#
            ])
    }

    @Test("was not carried out when AWS refused it by name, or never received it")
    func refused() async {
        let call = Call.setDraining("d", Self.host)
        let denied = ScriptedAWS(failing: .refused("AccessDeniedException"))
        #expect(
            await answer(denied, to: call)
                == .refused("UpdateContainerInstancesState: AccessDeniedException (HTTP 400): no"))
        let away = ScriptedAWS(failing: .unreachable("no route"), mayHaveBeenReceived: false)
        #expect(
            await answer(away, to: call) == .refused("UpdateContainerInstancesState: no answer: no route"))
        let keyless = ScriptedAWS(failing: .noCredentials("none"))
        #expect(await answer(keyless, to: call) == .refused("UpdateContainerInstancesState: no credentials: none"))
    }

    @Test("was not carried out when AWS was asked too often, whatever the status", arguments: [400, 503])
    func throttled(status: Int) async {
        let aws = ScriptedAWS(failing: .refused("ThrottlingException", status: status))
        #expect(
            await answer(aws, to: .setDraining("d", Self.host))
                == .refused(
                    "UpdateContainerInstancesState: ThrottlingException (HTTP \(status)): no", isThrottling: true))
    }

    @Test(
        "may have been carried out when no answer told",
        arguments: [
            (.unreachable("reset"), "no answer: reset"), (.cancelled, "cancelled"),
            (.refused("InternalFailure", status: 500), "InternalFailure (HTTP 500): no"),
            (.refused("HTTP502", status: 502), "HTTP502 (HTTP 502): no"),
            (.unreadableAnswer("not JSON"), "unreadable answer: not JSON"),
        ] as [(AWSError.Reason, String)])
    func unanswered(reason: AWSError.Reason, text: String) async {
        #expect(
            await answer(ScriptedAWS(failing: reason), to: .setDraining("d", Self.host))
                == .unanswered("UpdateContainerInstancesState: \(text)"))
    }

    @Test("is withheld in a dry run")
    func dryRun() async {
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let answers = await DryRunActuator(logger: silent).perform(Self.draining)
        #expect(answers == Dictionary(uniqueKeysWithValues: Self.draining.map { ($0, .withheld) }))
    }
}
