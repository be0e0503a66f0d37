/// The physical ids of our custom resources. Each says what the resource is about, and proves by a fingerprint of stack,
/// logical id and that very thing that it was made for this resource: what is deleted by it is ours.
///
/// Where what it is about changes, so does the id, and CloudFormation deletes the old one afterwards.
enum StackResourceID: Hashable {
    case hook(HookAddress)
    case drain(DrainTarget)
    /// Of a resource that never came to be about anything.
    case none

    /// Reads an id that was made for a resource of this stack; nil for any other.
    init?(_ text: String, stackID: String, logicalID: String) {
        guard let resource = Self.read(text), resource.text(stackID: stackID, logicalID: logicalID) == text else {
            return nil
        }
        self = resource
    }

    private static func read(_ text: String) -> Self? {
        guard let at = text.firstIndex(of: "@") else { return nil }
        let (name, rest) = (String(text[..<at]), String(text[text.index(after: at)...]))
        if name.hasPrefix("draind-drain-") {
            if rest.hasPrefix("group:") { return .drain(.autoScalingGroup(.init(String(rest.dropFirst(6))))) }
            return rest.hasPrefix("cluster:") ? .drain(.cluster(.init(String(rest.dropFirst(8))))) : nil
        }
        return .hook(HookAddress(group: .init(rest), hook: .init(name)))
    }

    /// At most 1 KB, as CloudFormation allows.
    func text(stackID: String, logicalID: String) -> String {
        let maker = [stackID, logicalID]
        switch self {
        case .hook(let address):
            let transition: LifecycleTransition =
                address.hook.rawValue.hasPrefix("draind-launching-") ? .launching : .terminating
            let hook = Self.hookName(transition, of: address.group, stackID: stackID, logicalID: logicalID)
            return "\(hook)@\(address.group)"
        case .drain(.autoScalingGroup(let name)):
            return "draind-drain-\(Fingerprint.of(maker + ["group", name.rawValue]))@group:\(name)"
        case .drain(.cluster(let name)):
            return "draind-drain-\(Fingerprint.of(maker + ["cluster", name.rawValue]))@cluster:\(name)"
        case .none: return "draind-none-\(Fingerprint.of(maker))"
        }
    }

    /// A name of its own for each resource, so that two stacks may protect one group, and neither removes the other's hook;
    /// and for each transition, for a hook cannot change its own.
    static func hookName(
        _ transition: LifecycleTransition, of group: AutoScalingGroupName, stackID: String, logicalID: String
    ) -> LifecycleHookName {
        let fingerprint = Fingerprint.of([stackID, logicalID, transition.rawValue, group.rawValue])
        // `web` of `arn:aws:cloudformation:eu-west-1:123456789012:stack/web/UUID`, for people.
        let parts = stackID.split(separator: "/")
        let stack = (parts.count > 1 ? parts[1] : "stack").prefix(128).filter { character in
            character.isASCII && (character.isLetter || character.isNumber || character == "-")
        }
        return LifecycleHookName("draind-\(transition.rawValue)-\(stack)-\(fingerprint)")
    }
}
