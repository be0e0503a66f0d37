/// What Auto Scaling publishes about lifecycle actions (Amazon EC2 Auto Scaling user guide, "Prepare to add a lifecycle
/// hook"; the field order is nobody's promise).
extension World {
    mutating func sendTestNotification(for group: AutoScalingGroup, to target: String) {
        let message = flatJSON([
            ("AccountId", account.id),
            ("RequestId", random.uuid()),
            ("AutoScalingGroupARN", group.arn),
            ("AutoScalingGroupName", group.name),
            ("Service", "AWS Auto Scaling"),
            ("Event", "autoscaling:TEST_NOTIFICATION"),
            ("Time", now.iso8601),
        ])
        post(subject: "Auto Scaling: test notification for group \"\(group.name)\"", message: message, to: target)
    }

    mutating func sendNotification(of action: LifecycleAction, hook: LifecycleHook, to target: String) {
        let isTerminating = action.transition == .terminating
        var fields = [
            ("Origin", action.origin.rawValue),
            ("LifecycleHookName", action.hook),
            ("Destination", action.destination.rawValue),
            ("AccountId", account.id),
            ("RequestId", random.uuid()),
            ("LifecycleTransition", action.transition.rawValue),
            ("AutoScalingGroupName", action.group),
            ("Service", "AWS Auto Scaling"),
            ("Time", now.iso8601),
            ("EC2InstanceId", action.instanceID),
            ("LifecycleActionToken", action.token),
        ]
        if let metadata = hook.notificationMetadata { fields.append(("NotificationMetadata", metadata)) }
        let verb = isTerminating ? "TERMINATING" : "LAUNCHING"
        post(
            subject: "Auto Scaling:  Lifecycle action '\(verb)' for instance \(action.instanceID) in progress.",
            message: flatJSON(fields), to: target, about: action.id)
    }
}

/// A JSON object of strings, in the order given.
func flatJSON(_ fields: [(name: String, value: String)]) -> String {
    jsonObject(fields.map { ($0.name, jsonString($0.value)) })
}

/// A JSON object of what is JSON already, in the order given; without those that have no value.
func jsonObject(_ fields: [(name: String, json: String?)]) -> String {
    let written = fields.compactMap { field in field.json.map { "\(jsonString(field.name)):\($0)" } }
    return "{" + written.joined(separator: ",") + "}"
}

func jsonString(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\r": quoted += "\\r"
        case "\t": quoted += "\\t"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
