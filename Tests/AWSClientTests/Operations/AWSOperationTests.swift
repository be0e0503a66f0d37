import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("The list of operations")
struct AWSOperationTests {
    @Test("is the list of permissions that the README asks for")
    func permissions() throws {
        let readme = URL(filePath: #filePath).appending(path: "../../../../README.md").standardized
        let text = String(decoding: try Data(contentsOf: readme), as: UTF8.self)
        let named = text.matches(of: /`([a-z0-9]+:[A-Z][A-Za-z]+)`/).map { String($0.output.1) }
        #expect(named.sorted() == Set(AWSOperation.allCases.flatMap(\.iamActions)).sorted())
    }

    @Test("a Query request has its content type and no further header")
    func queryRequest() async throws {
        let caller = ScriptedCaller(identity)
        _ = try await STS(caller).getCallerIdentity()
        #expect(
            caller.requests == [
                AWSRequest(
                    service: .sts, operation: "GetCallerIdentity",
                    contentType: "application/x-www-form-urlencoded; charset=utf-8",
                    body: Array("Action=GetCallerIdentity&Version=2011-06-15".utf8))
            ])
    }

    @Test("a JSON request has its content type and target")
    func jsonRequest() async throws {
        let caller = ScriptedCaller(#"{"clusterArns":[]}"#)
        _ = try await ECS(caller).listClusters()
        #expect(
            caller.requests == [
                AWSRequest(
                    service: .ecs, operation: "ListClusters", contentType: "application/x-amz-json-1.1",
                    headers: ["X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"],
                    body: Array("{}".utf8))
            ])
    }

    @Test("an error of the caller passes through as it is")
    func callerError() async {
        let refused = AWSError.Reason.refused(
            code: "AccessDenied", message: "no", status: 403, requestID: "b25f48e8")
        let caller = ScriptedCaller { (request, _) throws(AWSError) in
            throw AWSError(service: request.service, operation: request.operation, reason: refused)
        }
        #expect(await reason { () async throws(AWSError) in try await STS(caller).getCallerIdentity() } == refused)
    }

    @Test(
        "a 200 that is not the operation's answer is unreadable",
        arguments: [
            "", "OK", "<html><body>Sign in</body></html>",
            "<GetSessionTokenResponse><GetSessionTokenResult/></GetSessionTokenResponse>",
            "<GetCallerIdentityResponse/>",
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn></GetCallerIdentityResult>"
                + "</GetCallerIdentityResponse>",
        ])
    func foreignAnswer(body: String) async {
        let caller = ScriptedCaller(body)
        let reason = await reason { () async throws(AWSError) in try await STS(caller).getCallerIdentity() }
        #expect(reason?.isUnreadableAnswer == true)
    }

    @Test("GetCallerIdentity gives account and ARN")
    func callerIdentity() async throws {
        let found = try await STS(ScriptedCaller(identity)).getCallerIdentity()
        #expect(found == .init(account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/draind/i-0a"))
    }

    private let identity = """
        <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <GetCallerIdentityResult>
            <Arn>arn:aws:sts::111122223333:assumed-role/draind/i-0a</Arn>
            <UserId>AROAEXAMPLE:i-0a</UserId>
            <Account>111122223333</Account>
          </GetCallerIdentityResult>
          <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
        </GetCallerIdentityResponse>
        """
}
