/// The operations of EC2 Auto Scaling, by AWS's names. All refuse with ``Failure`` `ValidationError`.
extension World {
    /// Creates a group and launches its desired capacity.
    public mutating func createAutoScalingGroup(
        named name: String, minSize: Int, maxSize: Int, desiredCapacity: Int, cluster: String?,
        resources: Resources = Resources(cpu: 4096, memory: 8192), instanceType: String = "m6i.large",
        availabilityZones: Int = 3, capacityProvider: String? = nil
    ) throws(Failure) {
        if groupsByName[name] != nil {
            throw Failure(
                "AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name \(name)")
        }
        try Self.checkSizes(minSize, desiredCapacity, maxSize)
        let zones = "abcdef".prefix(max(1, availabilityZones)).map { "\(account.region)\($0)" }
        let arn = account.arn("autoscaling", "autoScalingGroup:\(random.uuid()):autoScalingGroupName/\(name)")
        groupsByName[name] = autoScalingGroups.count
        autoScalingGroups.append(
            AutoScalingGroup(
                name: name, arn: arn, createdAt: now, minSize: minSize, maxSize: maxSize,
                desiredCapacity: desiredCapacity, availabilityZones: zones, instanceType: instanceType,
                cluster: cluster, resources: resources, capacityProvider: capacityProvider))
        balance(autoScalingGroups.count - 1)
    }

    /// The group of that name.
    public func autoScalingGroup(named name: String) throws(Failure) -> AutoScalingGroup {
        autoScalingGroups[try groupIndex(name)]
    }

    /// `UpdateAutoScalingGroup`; nil leaves a value as it is.
    public mutating func updateAutoScalingGroup(
        named name: String, minSize: Int? = nil, maxSize: Int? = nil, desiredCapacity: Int? = nil,
        newInstancesProtectedFromScaleIn: Bool? = nil,
        terminateHookAbandon: AutoScalingGroup.TerminateHookAbandon? = nil
    ) throws(Failure) {
        let index = try groupIndex(name)
        let group = autoScalingGroups[index]
        let (least, most) = (minSize ?? group.minSize, maxSize ?? group.maxSize)
        // A new bound moves the desired capacity along, unless that is given as well.
        let desired = desiredCapacity ?? min(max(group.desiredCapacity, least), max(least, most))
        try Self.checkSizes(least, desired, most)
        autoScalingGroups[index].minSize = least
        autoScalingGroups[index].maxSize = most
        autoScalingGroups[index].desiredCapacity = desired
        if let protects = newInstancesProtectedFromScaleIn {
            autoScalingGroups[index].newInstancesProtectedFromScaleIn = protects
        }
        if let terminateHookAbandon { autoScalingGroups[index].terminateHookAbandon = terminateHookAbandon }
        balance(index)
    }

    /// `SetDesiredCapacity`: on scale-in the group picks its victims in the zone that has most, oldest first.
    public mutating func setDesiredCapacity(_ capacity: Int, ofGroup name: String) throws(Failure) {
        let index = try groupIndex(name)
        let group = autoScalingGroups[index]
        if capacity > group.maxSize {
            throw .validation(
                "New SetDesiredCapacity value \(capacity) is above max value \(group.maxSize) for the AutoScalingGroup."
            )
        }
        if capacity < group.minSize {
            throw .validation(
                "New SetDesiredCapacity value \(capacity) is below min value \(group.minSize) for the AutoScalingGroup."
            )
        }
        autoScalingGroups[index].desiredCapacity = capacity
        balance(index)
    }

    /// `TerminateInstanceInAutoScalingGroup`: the instance waits for its terminate hooks, then dies. A retained one
    /// dies at once; of one that is terminating already it changes nothing.
    public mutating func terminateInstanceInAutoScalingGroup(
        instanceID: String, shouldDecrementDesiredCapacity: Bool
    ) throws(Failure) -> ScalingActivity {
        guard let id = instancesByID[instanceID], self[id].lifecycleState != .terminated else {
            throw .validation("Instance Id not found - No managed instance found for instance ID: \(instanceID)")
        }
        let index = try groupIndex(self[id].group)
        if self[id].lifecycleState == .terminatingRetained {
            instanceTable[id.number].lifecycleState = .terminatingProceed
            schedule(.instanceEnds(id), after: timings.proceed)
        } else if !self[id].lifecycleState.isTerminating {
            if shouldDecrementDesiredCapacity { try decrementDesiredCapacity(ofGroup: index) }
            beginTermination(of: id)
            balance(index)
        }
        return ScalingActivity(
            id: answerRandom.uuid(), group: self[id].group, description: "Terminating EC2 instance: \(instanceID)",
            cause: "At \(now.iso8601) instance \(instanceID) was taken out of service in response to a user request.",
            startedAt: now)
    }

    /// `PutLifecycleHook`: creates or replaces; with a notification target, which must be an SNS topic of this world,
    /// it sends `autoscaling:TEST_NOTIFICATION`.
    public mutating func putLifecycleHook(_ hook: LifecycleHook) throws(Failure) {
        let index = try groupIndex(hook.group)
        guard (.seconds(30) ... .seconds(7200)).contains(hook.heartbeatTimeout) else {
            throw .validation("Heartbeat timeout must be between 30 and 7200 seconds.")
        }
        if let target = hook.notificationTargetARN {
            guard topics.contains(where: { $0.arn == target }) else {
                throw .validation("Unable to publish test message to notification target \(target).")
            }
            sendTestNotification(for: autoScalingGroups[index], to: target)
        }
        if let known = autoScalingGroups[index].hooks.firstIndex(where: { $0.name == hook.name }) {
            autoScalingGroups[index].hooks[known] = hook
        } else {
            autoScalingGroups[index].hooks.append(hook)
        }
    }

    /// `DeleteLifecycleHook`. Its actions in progress are completed first: ABANDON for launching instances, CONTINUE
    /// for terminating ones (Amazon EC2 Auto Scaling API reference).
    public mutating func deleteLifecycleHook(named name: String, group: String) throws(Failure) {
        let index = try groupIndex(group)
        autoScalingGroups[index].hooks.removeAll { $0.name == name }
        let instances = autoScalingGroups[index].members + autoScalingGroups[index].warmMembers
        for id in instances.flatMap({ self[$0].openActions }) where lifecycleActions[id.number].hook == name {
            let isTerminating = lifecycleActions[id.number].transition == .terminating
            end(id, result: isTerminating ? .continue : .abandon, cause: .hookDeleted)
        }
    }

    /// The instances of a group that are not Terminated yet, in order of launch; empty for an unknown group.
    public func members(ofGroup name: String) -> [Instance] {
        groupsByName[name].map { group in autoScalingGroups[group].members.map { self[$0] } } ?? []
    }

    /// Those of these that EC2 knows, or all, in order of launch: `ec2:DescribeInstances`. It forgets a machine about an
    /// hour after its end.
    public func describeInstances(_ instanceIDs: [String]? = nil) -> [Instance] {
        let wanted = instanceIDs.map { Set($0.compactMap { instancesByID[$0] }).sorted().map { self[$0] } }
        return (wanted ?? instanceTable).filter { instance in
            instance.ec2State != .terminated || instance.diedAt.map { now - $0 < .seconds(3600) } ?? true
        }
    }

    /// The instance with that EC2 id, dead or alive; nil when there never was one.
    public func instance(withID instanceID: String) -> Instance? { instancesByID[instanceID].map { self[$0] } }

    func groupIndex(_ name: String) throws(Failure) -> Int {
        guard let index = groupsByName[name] else {
            throw .validation("AutoScalingGroup name not found - AutoScalingGroup '\(name)' not found")
        }
        return index
    }

    private static func checkSizes(_ minSize: Int, _ desired: Int, _ maxSize: Int) throws(Failure) {
        guard minSize >= 0, minSize <= maxSize else {
            throw .validation("Max bound, \(maxSize), must be greater than or equal to min bound, \(minSize)")
        }
        guard (minSize...maxSize).contains(desired) else {
            throw .validation(
                "Desired capacity:\(desired) must be between the specified min size:\(minSize) and max size:\(maxSize)")
        }
    }

    private mutating func decrementDesiredCapacity(ofGroup index: Int) throws(Failure) {
        let group = autoScalingGroups[index]
        guard group.desiredCapacity > group.minSize else {
            throw .validation(
                "Currently, desiredSize equals minSize (\(group.minSize)). Terminating instance without replacement "
                    + "will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag "
                    + "to false or lower group's min size.")
        }
        autoScalingGroups[index].desiredCapacity -= 1
    }
}
