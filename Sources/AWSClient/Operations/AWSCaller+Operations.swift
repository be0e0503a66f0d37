extension AWSCaller {
    /// Calls an operation of a Query service and reads its `…Result` element.
    func query<Answer>(
        _ operation: AWSOperation, _ form: QueryForm, read: (XMLTree) throws(UnreadableBody) -> Answer
    ) async throws(AWSError) -> Answer {
        guard case .query(let version) = operation.service.wireProtocol else {
            preconditionFailure("\(operation.name) is no Query operation")
        }
        let body = try await call(
            AWSRequest(
                service: operation.service, operation: operation.name,
                contentType: "application/x-www-form-urlencoded; charset=utf-8",
                body: form.body(action: operation.name, version: version)))
        return try operation.reading { () throws(UnreadableBody) in
            let response = try XMLTree(document: body)
            guard response.name == "\(operation.name)Response" else {
                throw UnreadableBody("<\(response.name)> in place of <\(operation.name)Response>")
            }
            return try read(response.required("\(operation.name)Result"))
        }
    }

    /// Calls an operation of a JSON service.
    func json<Output: Decodable>(
        _ operation: AWSOperation, _ input: some Encodable, as _: Output.Type = Output.self
    ) async throws(AWSError) -> Output {
        guard case .json(let version, let targetPrefix) = operation.service.wireProtocol else {
            preconditionFailure("\(operation.name) is no JSON operation")
        }
        let body = try await call(
            AWSRequest(
                service: operation.service, operation: operation.name,
                contentType: "application/x-amz-json-\(version)",
                headers: ["X-Amz-Target": "\(targetPrefix).\(operation.name)"], body: JSONBody.encode(input)))
        return try operation.reading { () throws(UnreadableBody) in try JSONBody.decode(body) }
    }
}

extension AWSOperation {
    func error(_ reason: AWSError.Reason) -> AWSError {
        AWSError(service: service, operation: name, reason: reason)
    }

    /// Turns what is wrong with an answer into the operation's error.
    func reading<Answer>(_ read: () throws(UnreadableBody) -> Answer) throws(AWSError) -> Answer {
        do {
            return try read()
        } catch {
            throw self.error(.unreadableAnswer(error.why))
        }
    }
}
