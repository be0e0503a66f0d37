import DrainModel
import Testing

@Suite("The properties of a custom resource")
struct StackPropertiesTests {
    private func refusal(
        _ properties: [String: String], of type: String = "Custom::DrainHook", _ request: StackRequestType = .create,
        served: [ClusterName] = []
    ) -> String? {
        let request = StackScene.accepted(StackScene.message(request, type, properties), served: served)
        return request.answer?.isSuccess == false ? request.answer?.reason : nil
    }

    private func settings(_ properties: [String: String]) -> HookSettings? {
        let request = StackScene.accepted(
            StackScene.message(
                .create, "Custom::DrainHook", ["AutoScalingGroupName": "web-asg"].merging(properties) { $1 }))
        guard case .putHook(_, let settings) = request.task else { return nil }
        return settings
    }

    @Test(
        "of a hook that are malformed are each named in the refusal",
        arguments: [
            ("AutoScalingGroupName", ""), ("Cluster", "a b"), ("HeartbeatTimeout", "29"), ("HeartbeatTimeout", "7201"),
            ("HeartbeatTimeout", "5m"), ("DefaultResult", "continue"), ("LifecycleTransition", "terminating"),
            ("NotificationTargetARN", "drain-hooks"), ("RoleARN", "hooks"),
        ])
    func malformed(name: String, value: String) {
        #expect(
            refusal(["AutoScalingGroupName": "web-asg"].merging([name: value]) { $1 })?.hasPrefix("\(name) ") == true)
    }

    @Test("that there are not are named, with those that there are", arguments: [StackRequestType.create, .update])
    func unknown(request: StackRequestType) {
        let reason = refusal(["AutoScalingGroupName": "web-asg", "Heartbeat": "30"], request)
        #expect(reason?.hasPrefix("Custom::DrainHook has no property Heartbeat: it has AutoScalingGroupName,") == true)
    }

    @Test("that are lists are refused")
    func list() {
        let message = StackMessage(
            requestType: .create, resourceType: "Custom::DrainHook", stackID: StackScene.stack, requestID: "1",
            logicalResourceID: "Hook", physicalResourceID: nil, responseURL: "https://bucket/key",
            properties: ["AutoScalingGroupName": .other], serviceTimeout: nil, topicARN: StackScene.topic,
            sentAt: StackScene.start)
        #expect(
            StackScene.accepted(message).answer?.reason
                == "AutoScalingGroupName must be text, and is a list or an object")
    }

    @Test("of a hook have defaults but for the group")
    func defaults() {
        #expect(refusal([:]) == "AutoScalingGroupName is missing: give the name of an Auto Scaling group")
        #expect(
            settings([:])
                == HookSettings(
                    transition: .terminating, heartbeatTimeoutSeconds: 300, defaultResult: .continue,
                    notificationTargetARN: nil, roleARN: nil, cluster: nil))
    }

    @Test("of a hook that names a role publish to the topic of the request, if they say no other")
    func target() {
        let role = "arn:aws:iam::123456789012:role/hooks"
        #expect(settings(["RoleARN": role])?.notificationTargetARN == StackScene.topic)
        let queue = "arn:aws:sqs:eu-west-1:123456789012:hooks"
        #expect(settings(["RoleARN": role, "NotificationTargetARN": queue])?.notificationTargetARN == queue)
        #expect(
            refusal(["AutoScalingGroupName": "a", "NotificationTargetARN": queue])?.hasPrefix("RoleARN is missing")
                == true)
    }

    @Test(
        "of a hook tell draind of the cluster to look in",
        arguments: ["web", "arn:aws:ecs:eu-west-1:123456789012:cluster/web"])
    func cluster(value: String) {
        let metadata = settings(["Cluster": value])?.notificationMetadata
        let action = LifecycleAction(
            autoScalingGroup: "a", lifecycleHook: "h", instance: "i", token: nil, transition: .terminating,
            startedAt: StackScene.start, notificationMetadata: metadata)
        #expect(action.clusterInMetadata == "web")
    }

    @Test("that name a cluster that is not served are refused, and say which are")
    func unserved() {
        let reason = refusal(["Cluster": "batch"], of: "Custom::DrainOnDelete", served: ["web"])
        #expect(reason == "Cluster batch is not served by this draind: it serves web (--cluster)")
    }

    @Test(
        "of what drains on deletion name one thing, and a time that leaves one to answer",
        arguments: [
            ([:], "AutoScalingGroupName and Cluster are missing"),
            (["AutoScalingGroupName": "a", "Cluster": "web"], "AutoScalingGroupName and Cluster are both given"),
            (["Cluster": "web", "Timeout": "soon"], "Timeout "), (["Cluster": "web", "Timeout": "301"], "Timeout "),
            (["Cluster": "web", "Timeout": "0"], "Timeout "),
            (["Cluster": "web", "OnTimeout": "abandon"], "OnTimeout "),
        ])
    func drainOnDelete(properties: [String: String], words: String) {
        #expect(refusal(properties, of: "Custom::DrainOnDelete")?.hasPrefix(words) == true)
    }

    @Test("of a type that draind does not make are not even looked at")
    func type() {
        #expect(refusal([:], of: "Custom::Other")?.hasPrefix("Custom::Other is nothing that draind makes") == true)
    }
}
