import SimulatedWorld

/// ECS over JSON 1.1, version 2014-11-13.
enum ECSWire {
    static func perform(_ request: WireRequest, in world: inout World) throws(World.Failure) -> JSON {
        guard let input = JSON(bytes: request.body.isEmpty ? Array("{}".utf8) : request.body), case .object = input
        else {
            throw World.Failure("SerializationException", "The request is not a JSON object.")
        }
        let cluster = input["cluster"].string
        switch request.operation {
        case "ListClusters":
            return try list("clusterArns", world.clusters.map(\.arn), input, request)
        case "DescribeClusters":
            let names = try batch(input["clusters"], upTo: 100) ?? ["default"]
            return try described(
                "clusters", names, find: { try? world.cluster($0) }, show: { show($0, in: world) },
                prefix: world.clusterPrefix)
        case "DescribeCapacityProviders":
            let wanted = try batch(input["capacityProviders"], upTo: 100)
            let providers = world.capacityProviders().sorted { $0.key < $1.key }
            let page = try Page(
                of: providers.filter { wanted?.contains($0.key) ?? true }, size: input["maxResults"].int,
                token: input["nextToken"].string, limit: 10, cap: request.pageCap, refusal: invalid("Invalid token"))
            var answer: [String: JSON] = [
                "capacityProviders": .list(page.elements.map { show($0.key, of: $0.value) }), "failures": .list([]),
            ]
            if let token = page.nextToken { answer["nextToken"] = .text(token) }
            return .object(answer)
        case "ListContainerInstances": return try listContainerInstances(input, request, world)
        case "DescribeContainerInstances":
            let place = try world.cluster(cluster)
            return try described(
                "containerInstances", try required(input, "containerInstances", upTo: 100),
                find: { world.containerInstance($0, in: place) }, show: { show($0, in: world) }, prefix: "")
        case "UpdateContainerInstancesState":
            guard let status = input["status"].string.flatMap(World.ContainerInstance.Status.init(rawValue:)) else {
                throw invalid("Container instance status should be one of [ACTIVE,DRAINING]")
            }
            let (changed, failures) = try world.updateContainerInstancesState(
                try required(input, "containerInstances", upTo: 10), cluster: cluster, status: status)
            return [
                "containerInstances": .list(changed.map { show($0, in: world) }), "failures": .list(failures.map(show)),
            ]
        case "ListTasks": return try listTasks(input, request, world)
        case "DescribeTasks":
            let place = try world.cluster(cluster)
            return try described(
                "tasks", try required(input, "tasks", upTo: 100), find: { world.task($0, in: place) },
                show: { show($0, in: world) }, prefix: world.account.arn("ecs", "task/\(place.name)/"))
        case "ListServices":
            let place = try world.cluster(cluster)
            var services = world.services(in: place).filter { $0.status == .active }
            if let strategy = input["schedulingStrategy"].string {
                services.removeAll { $0.schedulingStrategy.rawValue != strategy }
            }
            return try list("serviceArns", services.map(\.arn), input, request, defaultSize: 10)
        case "DescribeServices":
            let place = try world.cluster(cluster)
            return try described(
                "services", try required(input, "services", upTo: 10), find: { world.service($0, in: place) },
                show: { show($0, in: world) }, prefix: world.account.arn("ecs", "service/\(place.name)/"))
        case "UpdateService":
            let service = try world.updateService(
                try name(input, "service"), cluster: cluster, desiredCount: input["desiredCount"].int,
                taskDefinition: input["taskDefinition"].string,
                minimumHealthyPercent: input["deploymentConfiguration"]["minimumHealthyPercent"].int,
                maximumPercent: input["deploymentConfiguration"]["maximumPercent"].int)
            return ["service": show(service, in: world)]
        case "DescribeTaskDefinition":
            return ["taskDefinition": show(try world.taskDefinition(try name(input, "taskDefinition")))]
        case "RegisterTaskDefinition":
            return ["taskDefinition": show(world.registerTaskDefinition(try taskDefinition(input)))]
        case "DeregisterContainerInstance":
            let host = try world.deregisterContainerInstance(
                try name(input, "containerInstance"), cluster: cluster, force: input["force"].truth ?? false)
            return ["containerInstance": show(host, in: world)]
        case "GetTaskProtection":
            let (found, failures) = try world.getTaskProtection(
                try required(input, "tasks", upTo: 100), cluster: cluster)
            return ["protectedTasks": .list(found.map(show)), "failures": .list(failures.map(show))]
        case "UpdateTaskProtection":
            let (changed, failures) = try world.updateTaskProtection(
                try required(input, "tasks", upTo: 10), cluster: cluster,
                isEnabled: input["protectionEnabled"].truth ?? false,
                expiresInMinutes: input["expiresInMinutes"].int ?? 120)
            return ["protectedTasks": .list(changed.map(show)), "failures": .list(failures.map(show))]
        case "RunTask": return try runTask(input, in: &world)
        case "StopTask":
            let task = try world.stopTask(try name(input, "task"), cluster: cluster, reason: input["reason"].string)
            return ["task": show(task, in: world)]
        default: throw World.Failure("UnknownOperationException", "\(request.operation) is not simulated.")
        }
    }

    // MARK: Tasks

    private static func taskDefinition(_ input: JSON) throws(World.Failure) -> World.TaskDefinition {
        let family = try name(input, "family")
        guard case .list(let containers) = input["containerDefinitions"], let container = containers.first,
            containers.count == 1
        else {
            throw World.Failure("ClientException", "Exactly one container is simulated.")
        }
        guard let memory = container["memory"].int ?? container["memoryReservation"].int else {
            throw World.Failure("ClientException", "Invalid setting for container: memory or memoryReservation.")
        }
        var definition = World.TaskDefinition(
            family: family, resources: World.Resources(cpu: container["cpu"].int ?? 0, memory: memory))
        if case .list(let mappings) = container["portMappings"] {
            definition.containerPort = mappings.first?["containerPort"].int
        }
        if case .object = container["healthCheck"] { definition.healthyAfter = .seconds(3) }
        return definition
    }

    private static func runTask(_ input: JSON, in world: inout World) throws(World.Failure) -> JSON {
        let cluster = input["cluster"].string
        let definition = try world.taskDefinition(try name(input, "taskDefinition"))
        let count = input["count"].int ?? 1
        guard (1...10).contains(count) else { throw invalid("Count must be between 1 and 10.") }
        let hosts = world.containerInstances(in: try world.cluster(cluster)).filter { $0.status == .active }
        guard !hosts.isEmpty else { throw invalid("No Container Instances were found in your cluster.") }
        let tasks = try world.runTask(
            taskDefinition: definition.arn, cluster: cluster, count: count, startedBy: input["startedBy"].string)
        // What did not fit, fitted nowhere: each instance says of what it has too little.
        let refusals: [JSON] =
            tasks.count == count
            ? []
            : hosts.map { host in
                let lacksCPU = world[host.id].remaining.cpu < definition.resources.cpu
                return ["arn": .text(host.arn), "reason": lacksCPU ? "RESOURCE:CPU" : "RESOURCE:MEMORY"]
            }
        return ["tasks": .list(tasks.map { show($0, in: world) }), "failures": .list(refusals)]
    }

    // MARK: Lists

    private static func listContainerInstances(
        _ input: JSON, _ request: WireRequest, _ world: World
    ) throws(World.Failure) -> JSON {
        var hosts = world.containerInstances(in: try world.cluster(input["cluster"].string))
        if let status = input["status"].string {
            hosts.removeAll { $0.status.rawValue != status }
        } else {
            hosts.removeAll { $0.status == .inactive }
        }
        if let filter = input["filter"].string {
            let ids = try instanceIDs(in: filter)
            hosts.removeAll { !ids.contains($0.ec2InstanceID) }
        }
        return try list("containerInstanceArns", hosts.map(\.arn), input, request)
    }

    /// The part of the cluster query language that is simulated: `ec2InstanceId == ID` and `ec2InstanceId in [ID, …]`.
    private static func instanceIDs(in filter: String) throws(World.Failure) -> Set<String> {
        let refusal = invalid("Invalid filter expression: only ec2InstanceId with == or in is simulated.")
        guard filter.hasPrefix("ec2InstanceId") else { throw refusal }
        let rest = filter.dropFirst("ec2InstanceId".count).drop { $0 == " " }
        let value: Substring
        if rest.hasPrefix("==") {
            value = rest.dropFirst(2)
        } else if rest.hasPrefix("in"), let start = rest.firstIndex(of: "["), let end = rest.lastIndex(of: "]") {
            value = rest[rest.index(after: start)..<end]
        } else {
            throw refusal
        }
        return Set(value.split { ", '\"".contains($0) }.map(String.init))
    }

    private static func listTasks(_ input: JSON, _ request: WireRequest, _ world: World) throws(World.Failure) -> JSON {
        let cluster = try world.cluster(input["cluster"].string)
        var tasks = world.tasks(in: cluster)
        if let name = input["containerInstance"].string {
            guard let host = world.containerInstance(name, in: cluster), host.status != .inactive else {
                throw invalid("Container instance not found: \(name)")
            }
            tasks = world.tasks(on: host)
        }
        if let name = input["serviceName"].string {
            guard let service = world.service(name, in: cluster) else {
                throw World.Failure("ServiceNotFoundException", "Service not found.")
            }
            tasks.removeAll { $0.service != service.id }
        }
        if let family = input["family"].string {
            tasks.removeAll { !$0.taskDefinitionARN.contains(":task-definition/\(family):") }
        }
        if let startedBy = input["startedBy"].string {
            guard input["containerInstance"].string == nil, input["serviceName"].string == nil,
                input["family"].string == nil
            else { throw invalid("startedBy must be the only filter.") }
            tasks.removeAll { $0.startedBy != startedBy }
        }
        let desired = input["desiredStatus"].string ?? "RUNNING"
        tasks.removeAll { $0.desiredStatus.rawValue != desired }
        return try list("taskArns", tasks.map(\.arn), input, request)
    }

    private static func list(
        _ field: String, _ arns: [String], _ input: JSON, _ request: WireRequest, defaultSize: Int = 100
    ) throws(World.Failure) -> JSON {
        let page = try Page(
            of: arns, size: input["maxResults"].int ?? defaultSize, token: input["nextToken"].string, limit: 100,
            cap: request.pageCap, refusal: invalid("Invalid token"))
        var answer: [String: JSON] = [field: .list(page.elements.map { .text($0) })]
        if let token = page.nextToken { answer["nextToken"] = .text(token) }
        return .object(answer)
    }

    // MARK: Descriptions

    /// - Parameter prefix: what makes an ARN of a name that was not found.
    private static func described<Item>(
        _ field: String, _ names: [String], find: (String) -> Item?, show: (Item) -> JSON, prefix: String
    ) throws(World.Failure) -> JSON {
        var found: [JSON] = []
        var failures: [JSON] = []
        for name in names {
            if let item = find(name) {
                found.append(show(item))
            } else {
                failures.append(["arn": .text(name.hasPrefix("arn:") ? name : prefix + name), "reason": "MISSING"])
            }
        }
        return .object([field: .list(found), "failures": .list(failures)])
    }

    private static func name(_ input: JSON, _ field: String) throws(World.Failure) -> String {
        guard let name = input[field].string, !name.isEmpty else { throw invalid("\(field) can not be blank.") }
        return name
    }

    private static func batch(_ names: JSON, upTo limit: Int) throws(World.Failure) -> [String]? {
        guard let names = names.strings else { return nil }
        guard names.count <= limit else { throw invalid("The list can have at most \(limit) items.") }
        return names
    }

    private static func required(_ input: JSON, _ field: String, upTo limit: Int) throws(World.Failure) -> [String] {
        guard let names = try batch(input[field], upTo: limit), !names.isEmpty else {
            throw invalid("\(field) can not be empty.")
        }
        return names
    }

    private static func invalid(_ message: String) -> World.Failure {
        World.Failure("InvalidParameterException", message)
    }
}

extension World {
    fileprivate var clusterPrefix: String { account.arn("ecs", "cluster/") }
}
