import SimulatedWorld

/// A request to AWS, taken apart as far as every service's protocol is the same.
struct WireRequest: Sendable {
    /// The signing name in the credential scope: `autoscaling`, `ec2`, `ecs`, `elasticloadbalancing`, `sns`, `sts`.
    let service: String
    let operation: String
    let body: [UInt8]
    /// Requests after this one are answered with pages of at most so many entries; nil for AWS's own sizes.
    var pageCap: Int?

    /// - Throws: what AWS answers when it cannot tell who asks, or for what.
    init(
        authorization: String?, target: String?, body: [UInt8], pageCap: Int?
    ) throws(World.Failure) {
        guard let authorization else {
            throw World.Failure("MissingAuthenticationToken", "Request is missing Authentication Token", status: 403)
        }
        guard let credential = authorization.firstRange(of: "Credential=") else {
            throw World.Failure(
                "IncompleteSignature", "Authorization header requires 'Credential' parameter.", status: 403)
        }
        let scope = authorization[credential.upperBound...].prefix { $0 != "," && $0 != " " }.split(separator: "/")
        guard scope.count == 5 else {
            throw World.Failure(
                "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements.", status: 403)
        }
        service = String(scope[3])
        if let target {
            operation = target.split(separator: ".").last.map(String.init) ?? ""
        } else {
            operation = QueryForm(body).action ?? ""
        }
        self.body = body
        self.pageCap = pageCap
    }

    /// The links in SNS's messages, SubscribeURL and UnsubscribeURL, which anyone may follow who was given them.
    ///
    /// - Parameter link: what follows the question mark.
    init(link: String) throws(World.Failure) {
        let form = Array(link.utf8)
        guard let action = QueryForm(form).action, ["ConfirmSubscription", "Unsubscribe"].contains(action) else {
            throw World.Failure("MissingAuthenticationToken", "Request is missing Authentication Token", status: 403)
        }
        service = "sns"
        operation = action
        body = form
    }

    var usesJSON: Bool { service == "ecs" }
}

/// What goes back over the wire.
struct WireAnswer: Sendable {
    let status: Int
    let contentType: String
    let body: [UInt8]
    /// `x-amzn-RequestId`; nil where nothing of AWS answers.
    var requestID: String?
}

extension WireAnswer {
    /// A failure in the words of the service's protocol.
    init(_ failure: World.Failure, to request: WireRequest, requestID: String) {
        guard request.service == "ec2" else {
            self.init(failure, usesJSON: request.usesJSON, requestID: requestID)
            return
        }
        let error = XML("Error", [XML("Code", failure.code), XML("Message", failure.message)])
        let response = XML("Response", [XML("Errors", [error]), XML("RequestID", requestID)])
        self.init(
            status: failure.status, contentType: "text/xml", body: Array(response.written().utf8), requestID: requestID)
    }

    /// A failure in the words of the two protocols that most services speak.
    init(_ failure: World.Failure, usesJSON: Bool, requestID: String) {
        if usesJSON {
            self.init(
                status: failure.status, contentType: "application/x-amz-json-1.1",
                body: JSON.object(["__type": .text(failure.code), "message": .text(failure.message)]).written,
                requestID: requestID)
        } else {
            let error = XML(
                "ErrorResponse",
                [
                    XML(
                        "Error",
                        [
                            XML("Type", failure.status < 500 ? "Sender" : "Receiver"), XML("Code", failure.code),
                            XML("Message", failure.message),
                        ]),
                    XML("RequestId", requestID),
                ])
            self.init(
                status: failure.status, contentType: "text/xml",
                body: Array(error.written(namespace: "http://queries.amazonaws.com/doc/").utf8), requestID: requestID)
        }
    }

    /// A result of EC2's variant of it.
    init(ec2 result: [XML], of operation: String, requestID: String) {
        let response = XML("\(operation)Response", [XML("requestId", requestID)] + result)
        self.init(
            status: 200, contentType: "text/xml", body: Array(response.written(namespace: EC2Wire.namespace).utf8),
            requestID: requestID)
    }

    /// A result of the Query protocol.
    init(_ result: [XML], of operation: String, namespace: String, requestID: String) {
        let response = XML(
            "\(operation)Response",
            [XML("\(operation)Result", result), XML("ResponseMetadata", [XML("RequestId", requestID)])])
        self.init(
            status: 200, contentType: "text/xml", body: Array(response.written(namespace: namespace).utf8),
            requestID: requestID)
    }
}
