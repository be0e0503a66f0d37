import DrainModel
import FoundationEssentials
import HTTPEndpoint
import Testing

@Suite("The admin listener answers as the contract says", .timeLimit(.minutes(1)))
struct AdminServerTests {
    @Test(
        "it is ready when draind is, and says whether it decides",
        arguments: [
            (Readiness.Role.decides(epoch: 7), #"{"epoch":7,"role":"decides","status":"ready"}"#),
            (.standsBy, #"{"role":"stands-by","status":"ready"}"#),
        ])
    func ready(role: Readiness.Role, body: String) async throws {
        try await servingAdmin(readiness: .ready(role)) { server in
            let answer = try await ask(server, "GET /readyz")
            #expect(answer.status == 200 && answer.body == body)
        }
    }

    @Test("it is 503 with the reason when draind is not ready")
    func notReady() async throws {
        let readiness = Readiness.notReady(reason: "the store is not writable", hint: "Free some disk space.")
        try await servingAdmin(readiness: readiness) { server in
            let answer = try await ask(server, "GET /readyz")
            #expect(answer.status == 503)
            #expect(
                answer.body == #"{"error":{"code":"not-ready","hint":"Free some disk space.","#
                    + #""message":"the store is not writable"}}"#)
        }
    }

    @Test("it is healthy even when draind is not ready")
    func healthy() async throws {
        try await servingAdmin(readiness: .notReady(reason: "", hint: "")) { server in
            let answer = try await ask(server, "GET /healthz")
            #expect(answer.status == 200)
        }
    }

    @Test("drains are listed in the order of the source, without history, and with what to ask for next")
    func list() async throws {
        try await servingAdmin(drains: FakeDrains([.waiting, .finished], next: "i-1-a")) { server in
            let answer = try await ask(server, "GET /v1/drains?state=all")
            let list = try JSONDecoder().decode(DrainListJSON.self, from: Data(answer.body.utf8))
            #expect(list == DrainListJSON(DrainPage(drains: [.waiting, .finished], next: "i-1-a")))
        }
    }

    @Test("the last page says null for what is next")
    func lastPage() async throws {
        try await servingAdmin { server in
            let answer = try await ask(server, "GET /v1/drains")
            #expect(answer.body == #"{"drains":[],"next":null}"#)
        }
    }

    @Test("one drain is shown with its history")
    func single() async throws {
        try await servingAdmin(drains: FakeDrains([.waiting])) { server in
            let answer = try await ask(server, "GET /v1/drains/\(Drain.waiting.id)")
            let drain = try JSONDecoder().decode(DrainJSON.self, from: Data(answer.body.utf8))
            #expect(drain == DrainJSON(.waiting, withHistory: true))
        }
    }

    @Test("an unknown id is 404")
    func unknownID() async throws {
        try await servingAdmin { server in
            let answer = try await ask(server, "GET /v1/drains/i-0-nope")
            #expect(answer.status == 404 && answer.body.contains("no drain has this id"))
        }
    }

    @Test(
        "the parameters reach the source",
        arguments: [
            ("", DrainQuery()), ("?state=&cluster=&limit=&after=", DrainQuery()),
            ("?state=finished", DrainQuery(state: .finished)), ("?limit=1000", DrainQuery(limit: 1000)),
            (
                "?state=all&cluster=a%2Db&limit=1&after=i-1-a",
                .init(state: .all, cluster: "a-b", limit: 1, after: "i-1-a")
            ),
        ])
    func parameters(text: String, query: DrainQuery) async throws {
        let drains = FakeDrains()
        try await servingAdmin(drains: drains) { server in
            _ = try await ask(server, "GET /v1/drains\(text)")
            #expect(drains.queries == [query])
        }
    }

    @Test(
        "a wrong parameter is 400 and says what is right",
        arguments: [
            ("state=open", "Allowed: active, finished, all."), ("limit=0", "Allowed: a number from 1 to 1000."),
            ("limit=1001", "Allowed: a number from 1 to 1000."), ("limit=ten", "Allowed: a number from 1 to 1000."),
            ("clutser=a", "Known are state, cluster, limit and after."), ("state=all&state=active", "Give it once."),
        ])
    func wrongParameters(text: String, hint: String) async throws {
        try await servingAdmin { server in
            let answer = try await ask(server, "GET /v1/drains?\(text)")
            #expect(answer.status == 400 && answer.body.contains(#""hint":"\#(hint)""#), "\(answer.body)")
        }
    }

    @Test("a store that cannot be read is 503")
    func unreadableStore() async throws {
        struct Away: Error {}
        try await servingAdmin(drains: FakeDrains(failure: Away())) { server in
            let answer = try await ask(server, "GET /v1/drains")
            #expect(answer.status == 503)
        }
    }

    @Test("another method is 405")
    func otherMethod() async throws {
        try await servingAdmin { server in
            let answer = try await ask(server, "DELETE /v1/drains/i-1-a")
            #expect(answer.status == 405 && answer.headers["allow"] == "GET")
        }
    }
}

@Suite("The admin token keeps strangers out", .timeLimit(.minutes(1)))
struct AdminTokenTests {
    private func protected(_ configuration: inout AdminServer.Configuration) {
        configuration.token = BearerToken(Array("s3cret\n".utf8))
    }

    @Test("with the token a request is answered", arguments: ["Bearer s3cret", "bearer s3cret"])
    func right(authorization: String) async throws {
        try await servingAdmin(protected) { server in
            let answer = try await ask(server, "GET /v1/drains", headers: ["Authorization: \(authorization)"])
            #expect(answer.status == 200)
        }
    }

    @Test(
        "without it, or with anything else, it is 401 and says how to authenticate",
        arguments: [
            "", "Bearer", "Bearer s3cre", "Bearer s3crets", "Bearer s3cresS", "Bearer s3crets3cret", "Basic s3cret",
        ])
    func wrong(authorization: String) async throws {
        try await servingAdmin(protected) { server in
            let headers = authorization.isEmpty ? [] : ["Authorization: \(authorization)"]
            let answer = try await ask(server, "GET /v1/drains", headers: headers)
            #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer realm=\"draind\"")
        }
    }

    @Test("a path that does not exist is 401 too, so that nothing can be found out")
    func unknownPath() async throws {
        try await servingAdmin(protected) { server in
            let answer = try await ask(server, "GET /nowhere")
            #expect(answer.status == 401)
        }
    }

    @Test("the probes need none", arguments: ["/healthz", "/readyz"])
    func probes(path: String) async throws {
        try await servingAdmin(protected) { server in
            let answer = try await ask(server, "GET \(path)")
            #expect(answer.status == 200)
        }
    }

    @Test("an empty file is no token")
    func empty() { #expect(BearerToken(Array(" \n".utf8)) == nil) }

    @Test("a token is never printed")
    func redacted() throws {
        let token = try #require(BearerToken(Array("s3cret".utf8)))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("s3cret"))
        #expect("\(token)" == "REDACTED")
    }
}
