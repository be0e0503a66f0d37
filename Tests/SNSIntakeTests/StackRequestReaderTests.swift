import DrainModel
import FoundationEssentials
import Testing

@testable import SNSIntake

@Suite("A request of CloudFormation")
struct StackRequestReaderTests {
    private static let bucket = "cloudformation-custom-resource-response-euwest1"
    private static let url =
        "https://\(bucket).s3-eu-west-1.amazonaws.com/arn%3Aaws%3A%7CHook?AWSAccessKeyId=A&Signature=s"

    private static func text(_ changes: [String: String?] = [:], properties: String = "{}") -> String {
        var fields: [String: String] = [
            "RequestType": "Create", "ServiceToken": Letter.topic, "ResponseURL": url,
            "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/web/1", "RequestId": "r-1",
            "LogicalResourceId": "Hook", "ResourceType": "Custom::DrainHook",
        ]
        for (name, value) in changes { fields[name] = value }
        let members = fields.map { "\"\($0)\":\"\($1)\"" } + ["\"ResourceProperties\":\(properties)"]
        return "{\(members.joined(separator: ","))}"
    }

    private func read(
        _ text: String, through topic: String = Letter.topic, developmentOrigin: String? = nil
    ) throws(StackRequestReader.Refusal) -> StackMessage? {
        try StackRequestReader.message(
            in: text, topicARN: topic, sentAt: Letter.now, developmentOrigin: developmentOrigin)
    }

    private func refusal(_ text: String, developmentOrigin: String? = nil) -> StackRequestReader.Refusal? {
        do throws(StackRequestReader.Refusal) {
            _ = try read(text, developmentOrigin: developmentOrigin)
            return nil
        } catch {
            return error
        }
    }

    @Test("is read with its properties, without those that are CloudFormation's own")
    func fields() throws {
        let properties = """
            {"ServiceToken": "\(Letter.topic)", "ServiceTimeout": "300", "AutoScalingGroupName": "web", "Number": 5,
             "List": ["a"]}
            """
        let message = try #require(try read(Self.text(properties: properties)))
        #expect(message.requestType == .create && message.physicalResourceID == nil)
        #expect(message.properties == ["AutoScalingGroupName": .text("web"), "Number": .text("5"), "List": .other])
        #expect(message.serviceTimeout == .seconds(300))
        #expect((message.responseURL, message.sentAt) == (Self.url, Letter.now))
    }

    @Test("may say beside its properties how long CloudFormation waits")
    func timeoutBeside() throws {
        #expect(try read(Self.text(["ServiceTimeout": "30"]))?.serviceTimeout == .seconds(30))
        #expect(try read(Self.text(["ServiceTimeout": "3601"]))?.serviceTimeout == nil)
    }

    @Test("is told from everything else", arguments: ["{}", "hello", #"{"RequestType": "Create"}"#])
    func other(text: String) throws {
        #expect(try read(text) == nil)
    }

    @Test(
        "without what an answer needs is refused by name",
        arguments: ["StackId", "RequestId", "LogicalResourceId", "ResourceType"])
    func incomplete(field: String) {
        #expect(refusal(Self.text([field: nil]))?.reason == "a request of CloudFormation without a valid \(field)")
    }

    @Test(
        "that was made for another topic is not obeyed", arguments: [nil, "arn:aws:sns:eu-west-1:123456789012:other"])
    func otherTopic(token: String?) {
        #expect(refusal(Self.text(["ServiceToken": token]))?.isForbidden == true)
    }

    @Test(
        "may be answered to every name of the bucket of its region",
        arguments: ["s3", "s3.eu-west-1", "s3-eu-west-1"])
    func hosts(host: String) throws {
        let url = "https://\(Self.bucket).\(host).amazonaws.com/key"
        #expect(try read(Self.text(["ResponseURL": url]))?.responseURL == url)
    }

    @Test("of China is answered in China")
    func china() throws {
        let topic = "arn:aws-cn:sns:cn-north-1:123456789012:hooks"
        let bucket = "https://cloudformation-custom-resource-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/key"
        #expect(try read(Self.text(["ServiceToken": topic, "ResponseURL": bucket]), through: topic) != nil)
    }

    @Test(
        "is never answered anywhere else",
        arguments: [
            "http://\(bucket).s3.amazonaws.com/key", "https://example.com/key", "https://169.254.169.254/latest",
            "https://cloudformation-custom-resource-response-eu-west-1.s3.amazonaws.com/key",
            "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/key",
            "https://\(bucket).s3.us-east-1.amazonaws.com/key", "https://\(bucket).s3.amazonaws.com.example.com/key",
            "https://\(bucket).s3.amazonaws.com:8443/key", "https://\(bucket).s3.amazonaws.com@example.com/key",
            "https://user@\(bucket).s3.amazonaws.com/key", "https://example.com/\(bucket).s3.amazonaws.com/key",
            "https://example.com#\(bucket).s3.amazonaws.com/", "https://\(bucket).s3.amazonaws.com/a b",
            "https://\(bucket).s3.amazonaws.com.cn/key", "HTTPS://\(bucket).s3.amazonaws.com/key", "", "https://",
            "http://127.0.0.1:9/key",
        ])
    func otherHosts(url: String) {
        #expect(refusal(Self.text(["ResponseURL": url]))?.isForbidden == true)
    }

    @Test("may be answered to one further origin in development, and to no other port of it")
    func development() {
        let (origin, other) = ("http://127.0.0.1:9000", "http://127.0.0.1:90001/key")
        #expect(refusal(Self.text(["ResponseURL": "\(origin)/key"]), developmentOrigin: origin) == nil)
        #expect(refusal(Self.text(["ResponseURL": other]), developmentOrigin: origin) != nil)
    }

    @Test("is refused without telling the log what stands behind the host")
    func secret() {
        let reason = refusal(Self.text(["ResponseURL": "https://example.com?Signature=secret"]))?.reason
        #expect(reason == #"ResponseURL not allowed: its host is "example.com""#)
    }

    // MARK: Doors

    @Test("comes through a topic")
    func topic() async throws {
        let message = try await verify(Letter(message: Self.text()).signed())
        guard case .notification(.stackRequest(let request)) = message.content else {
            Issue.record("it is \(message.content)")
            return
        }
        #expect(request.topicARN == Letter.topic)
    }

    @Test("that must not be obeyed is refused as a forgery is")
    func forbidden() async throws {
        let letter = Letter(message: Self.text(["ResponseURL": "https://example.com/key"])).signed()
        #expect(try await SNSIntakeTests.refusal { try await verify(letter) }?.kind == .forbidden)
    }

    private func queued(_ body: String, topics: Set<String> = [Letter.topic]) throws -> QueuedMessage {
        try QueuedMessage(body, sentAt: Letter.now, topics: topics)
    }

    private func wrapped(_ message: String) throws -> String {
        let fields = ["Type": "Notification", "TopicArn": Letter.topic, "Message": message]
        return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }

    @Test("comes through a queue in the envelope of a topic that is obeyed")
    func queue() throws {
        guard case .notification(.stackRequest) = try queued(try wrapped(Self.text())).content else {
            Issue.record("it is something else")
            return
        }
    }

    @Test("is left in the queue when its topic is not obeyed, or it has no envelope")
    func left() throws {
        let body = try wrapped(Self.text())
        #expect(throws: QueuedMessage.Unreadable.self) { try queued(body, topics: []) }
        #expect(throws: QueuedMessage.Unreadable.self) { try queued(Self.text()) }
    }
}
