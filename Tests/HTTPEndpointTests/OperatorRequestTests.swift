import DrainModel
import Foundation
import HTTPEndpoint
import Testing

@Suite("What operators ask of the admin listener", .timeLimit(.minutes(1)))
struct OperatorRequestTests {
    private let instance = "i-0123456789abcdef0"

    @Test("a drain is asked for with an instance, and perhaps a cluster and its action, and answered with 202")
    func drain() async throws {
        let operations = FakeOperator(.done(.fresh))
        try await servingAdmin(operations: operations) { server in
            let body =
                #"{"instanceId": "\#(instance)", "cluster": "arn:aws:ecs:eu-west-1:1:cluster/web", "complete": true}"#
            let answer = try await ask(server, "POST /v1/drains", body: body)
            #expect(answer.status == 202)
            let drain = try JSONDecoder().decode(DrainJSON.self, from: Data(answer.body.utf8))
            #expect(drain == DrainJSON(.fresh, withHistory: true))
            _ = try await ask(server, "POST /v1/drains", body: #"{"instanceId": "\#(instance)"}"#)
        }
        #expect(
            operations.words == [
                .drain(DrainRequest(instance: InstanceID(instance), cluster: "web", completesAction: true)),
                .drain(DrainRequest(instance: InstanceID(instance))),
            ])
    }

    @Test("a drain is called off, and completed with a result, by its id")
    func decide() async throws {
        let operations = FakeOperator(.done(.fresh))
        try await servingAdmin(operations: operations) { server in
            let cancelled = try await ask(server, "POST /v1/drains/i-1-a/cancel")
            let completed = try await ask(server, "POST /v1/drains/i-1-a/complete", body: #"{"result": "ABANDON"}"#)
            #expect(cancelled.status == 200 && completed.status == 200)
        }
        #expect(operations.words == [.cancel("i-1-a"), .complete("i-1-a", .abandon)])
    }

    @Test(
        "what is not understood is refused with what is wrong, and nothing is begun",
        arguments: [
            ("", "not JSON"), ("[]", "not a JSON object"), ("{}", "is missing"),
            (#"{"instanceId": 7}"#, "is no text"), (#"{"instanceId": "web-1"}"#, "is no EC2 instance id"),
            (#"{"instanceId": "i-0abc/../x"}"#, "is no EC2 instance id"),
            (#"{"instanceId": "i-0abc", "complete": "yes"}"#, "is no true or false"),
            (#"{"instanceId": "i-0abc", "cluster": ""}"#, "is empty"),
            (#"{"instanceId": "i-0abc", "force": true}"#, "is no field of this request"),
        ])
    func badDrain(body: String, complaint: String) async throws {
        let operations = FakeOperator()
        try await servingAdmin(operations: operations) { server in
            let answer = try await ask(server, "POST /v1/drains", body: body)
            #expect(answer.status == 400)
            #expect(answer.body.contains(complaint) && answer.body.contains("hint"), "\(answer.body)")
        }
        #expect(operations.words.isEmpty)
    }

    @Test("a result that Auto Scaling does not know is refused", arguments: ["", "{}", #"{"result": "continue"}"#])
    func badResult(body: String) async throws {
        let operations = FakeOperator()
        try await servingAdmin(operations: operations) { server in
            let answer = try await ask(server, "POST /v1/drains/i-1-a/complete", body: body)
            #expect(answer.status == 400)
        }
        #expect(operations.words.isEmpty)
    }

    @Test("a body that no operator needs is refused")
    func tooLarge() async throws {
        try await servingAdmin { server in
            let body = #"{"instanceId": "\#(String(repeating: "0", count: 20_000))"}"#
            let answer = try await ask(server, "POST /v1/drains", body: body)
            #expect(answer.status == 413)
        }
    }

    @Test(
        "what cannot be done is said so, each with its status",
        arguments: [
            (OperatorAnswer.unknown, 404, "no drain has this id"), (.decided(.finished), 409, "timed-out"),
            (.refused(reason: "not served", hint: "see --cluster"), 400, "not served"),
            (.unavailable, 503, "store-unavailable"),
        ])
    func refusals(answer: OperatorAnswer, status: Int, text: String) async throws {
        try await servingAdmin(operations: FakeOperator(answer)) { server in
            let answer = try await ask(server, "POST /v1/drains/i-1-a/cancel")
            #expect(answer.status == status)
            #expect(answer.body.contains(text))
        }
    }

    @Test(
        "a web page from elsewhere gives no orders, whatever name it gave this address",
        arguments: [
            ("http://evil.example", "localhost"), ("http://evil.example", "evil.example"), ("null", "localhost"),
        ])
    func foreignPages(origin: String, host: String) async throws {
        let operations = FakeOperator(.done(.fresh))
        try await servingAdmin(operations: operations) { server in
            let client = try RawClient(port: server.port)
            try await client.send(
                "POST /v1/drains/i-1-a/cancel HTTP/1.1\r\nHost: \(host)\r\nOrigin: \(origin)\r\nContent-Length: 0\r\n\r\n"
            )
            let answer = try await client.answer()
            #expect(answer.status == 403)
        }
        #expect(operations.words.isEmpty)
    }

    @Test("a page of this very listener may give orders")
    func ownPage() async throws {
        let operations = FakeOperator(.done(.fresh))
        try await servingAdmin(operations: operations) { server in
            let answer = try await ask(
                server, "POST /v1/drains/i-1-a/cancel", headers: ["Origin: http://localhost"])
            #expect(answer.status == 200)
        }
    }

    @Test("orders need the token, where there is one")
    func token() async throws {
        let operations = FakeOperator(.done(.fresh))
        try await servingAdmin(operations: operations) {
            $0.token = BearerToken("secret".utf8)
        } _: { server in
            let answer = try await ask(server, "POST /v1/drains/i-1-a/cancel")
            #expect(answer.status == 401)
            let shown = try await ask(
                server, "POST /v1/drains/i-1-a/cancel", headers: ["Authorization: Bearer secret"])
            #expect(shown.status == 200)
        }
        #expect(operations.words == [.cancel("i-1-a")])
    }
}
