import DrainModel

extension DrainQuery {
    /// Reads `state=active|finished|all&cluster=&limit=&after=`. An empty value is as good as none.
    ///
    /// - Throws: ``EndpointError`` for what is unknown, malformed or given twice: a typo must not look like an
    ///   answer.
    init(parameters: some Sequence<(key: Substring, value: Substring)>) throws(EndpointError) {
        self.init()
        var given: Set<Substring> = []
        for (name, value) in parameters {
            guard given.insert(name).inserted else {
                throw .badRequest("repeated-parameter", "\"\(name)\" is given twice", hint: "Give it once.")
            }
            try set(name, to: String(value))
        }
    }

    private mutating func set(_ name: Substring, to value: String) throws(EndpointError) {
        switch name {
        case "state": if !value.isEmpty { state = try Self.state(value) }
        case "cluster": cluster = value.isEmpty ? nil : ClusterName(value)
        case "limit": if !value.isEmpty { limit = try Self.limit(value) }
        case "after": after = value.isEmpty ? nil : DrainID(value)
        default:
            throw .badRequest(
                "unknown-parameter", "\"\(name)\" is no parameter of this request",
                hint: "Known are state, cluster, limit and after.")
        }
    }

    private static func state(_ value: String) throws(EndpointError) -> State {
        guard let state = State(rawValue: value) else {
            let allowed = State.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest("unknown-state", "\"\(value)\" is no state", hint: "Allowed: \(allowed).")
        }
        return state
    }

    private static func limit(_ value: String) throws(EndpointError) -> Int {
        guard let limit = Int(value), (1...1000).contains(limit) else {
            throw .badRequest("bad-limit", "\"\(value)\" is no limit", hint: "Allowed: a number from 1 to 1000.")
        }
        return limit
    }
}
