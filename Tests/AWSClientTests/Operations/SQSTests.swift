import Testing

@testable import AWSClient

@Suite("SQS")
struct SQSTests {
    private let queue: SQSQueue

    init() throws {
        queue = try #require(SQSQueue(url: "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"))
    }

    @Test("is asked for ten messages, and waits as long as it is told to")
    func receive() async throws {
        let caller = ScriptedCaller("{}")
        _ = try await SQS(caller).receiveMessages(from: queue, waitingUpTo: .seconds(20))
        #expect(
            caller.requests == [
                AWSRequest(
                    service: .sqs, operation: "ReceiveMessage", contentType: "application/x-amz-json-1.0",
                    headers: ["X-Amz-Target": "AmazonSQS.ReceiveMessage"],
                    body: Array(
                        #"""
                        {"MaxNumberOfMessages":10,"MessageSystemAttributeNames":["SentTimestamp"],\#
                        "QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/hooks","WaitTimeSeconds":20}
                        """#.utf8))
            ])
    }

    @Test("gives messages as they were sent, and when")
    func messages() async throws {
        let caller = ScriptedCaller(
            #"""
            {"Messages":[{"MessageId":"m","ReceiptHandle":"r","MD5OfBody":"x","Body":"{\"a\":1}",
            "Attributes":{"SentTimestamp":"1795582330314"}}]}
            """#)
        let messages = try await SQS(caller).receiveMessages(from: queue, waitingUpTo: .zero)
        #expect(messages == [.init(id: "m", receiptHandle: "r", body: #"{"a":1}"#, sentAt: 1_795_582_330_314)])
    }

    @Test("leaves the list out when there are no messages", arguments: ["{}", #"{"Messages":[]}"#])
    func noMessages(body: String) async throws {
        #expect(try await SQS(ScriptedCaller(body)).receiveMessages(from: queue, waitingUpTo: .zero).isEmpty)
    }

    @Test(
        "has given no usable answer when a message lacks what it is deleted or dated by",
        arguments: [
            #"{"MessageId":"m","Body":"b","Attributes":{"SentTimestamp":"1"}}"#,
            #"{"MessageId":"m","ReceiptHandle":"r","Body":"b","Attributes":{}}"#,
            #"{"MessageId":"m","ReceiptHandle":"r","Body":"b","Attributes":{"SentTimestamp":"now"}}"#,
        ])
    func incomplete(message: String) async {
        let caller = ScriptedCaller(#"{"Messages":[\#(message)]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await SQS(caller).receiveMessages(from: queue, waitingUpTo: .zero)
        }
        #expect(reason?.isUnreadableAnswer == true)
    }

    @Test(
        "deletes several at once by their receipt handles",
        arguments: [#"{"Successful":[{"Id":"0"},{"Id":"1"}],"Failed":[]}"#, #"{"Successful":[{"Id":"0"},{"Id":"1"}]}"#])
    func delete(answer: String) async throws {
        let caller = ScriptedCaller(answer)
        #expect(try await SQS(caller).deleteMessages(["r+/=", "s"], from: queue).isEmpty)
        #expect(caller.requests.map(\.headers) == [["X-Amz-Target": "AmazonSQS.DeleteMessageBatch"]])
        #expect(
            caller.bodies == [
                #"""
                {"Entries":[{"Id":"0","ReceiptHandle":"r+/="},{"Id":"1","ReceiptHandle":"s"}],\#
                "QueueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"}
                """#
            ])
    }

    @Test("tells which were not deleted, and why")
    func undeleted() async throws {
        let caller = ScriptedCaller(
            #"""
            {"Successful":[{"Id":"0"}],"Failed":[
            {"Id":"1","SenderFault":true,"Code":"ReceiptHandleIsInvalid","Message":"no such handle"},
            {"Id":"2","SenderFault":false,"Code":"InternalError"}]}
            """#)
        let failures = try await SQS(caller).deleteMessages(["r", "s", "t"], from: queue)
        #expect(
            failures.mapValues(\.description) == [
                "s": "DeleteMessageBatch: ReceiptHandleIsInvalid (HTTP 400): no such handle",
                "t": "DeleteMessageBatch: InternalError (HTTP 500): ",
            ])
    }
}

@Suite("A queue's URL")
struct SQSQueueTests {
    @Test(
        "names account and queue, and with the region its ARN",
        arguments: [
            (
                "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks", "eu-west-1",
                "arn:aws:sqs:eu-west-1:123456789012:hooks"
            ),
            (
                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/a-b_C", "cn-north-1",
                "arn:aws-cn:sqs:cn-north-1:123456789012:a-b_C"
            ),
            (
                "https://sqs.us-gov-west-1.amazonaws.com/123456789012/hooks", "us-gov-west-1",
                "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:hooks"
            ),
            (
                "https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/hooks", "eusc-de-east-1",
                "arn:aws-eusc:sqs:eusc-de-east-1:123456789012:hooks"
            ),
            ("http://127.0.0.1:5000/000000000000/hooks", "eu-west-1", "arn:aws:sqs:eu-west-1:000000000000:hooks"),
        ])
    func arn(url: String, region: String, arn: String) throws {
        #expect(try #require(SQSQueue(url: url)).arn(in: region) == arn)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "hooks", "arn:aws:sqs:eu-west-1:123456789012:hooks", "https://sqs.eu-west-1.amazonaws.com/hooks",
            "https://sqs.eu-west-1.amazonaws.com/12345/hooks", "https://sqs.eu-west-1.amazonaws.com/123456789012/",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks/", "ftp://host/123456789012/hooks",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks?x=1", "https:///123456789012/hooks",
            "https://user@host/123456789012/hooks", "https://host/123456789012/a.b",
            "https://host/123456789012/\(String(repeating: "a", count: 81))",
        ])
    func malformed(url: String) {
        #expect(SQSQueue(url: url) == nil)
    }

    @Test("tells a FIFO queue by its name")
    func fifo() throws {
        #expect(try #require(SQSQueue(url: "https://host/123456789012/hooks.fifo")).isFIFO)
        #expect(try !#require(SQSQueue(url: "https://host/123456789012/hooks")).isFIFO)
    }

    @Test(
        "tells whether the queue is where the client calls",
        arguments: [
            ("https://sqs.eu-west-1.amazonaws.com", "eu-west-1", SQSQueue.Place.here),
            ("https://sqs-fips.us-east-1.amazonaws.com", "us-east-1", .here),
            ("https://sqs.cn-north-1.amazonaws.com.cn", "cn-north-1", .here),
            ("https://sqs.us-east-1.amazonaws.com", "eu-west-1", .otherRegion),
            ("https://sqs.cn-north-1.amazonaws.com.cn", "eu-west-1", .otherRegion),
            ("https://queue.amazonaws.com", "us-east-1", .legacyHost),
            ("https://eu-west-1.queue.amazonaws.com", "eu-west-1", .legacyHost),
            ("http://sqs.eu-west-1.amazonaws.com", "eu-west-1", .unknown),
            ("https://sqs.eu-west-1.amazonaws.com:8443", "eu-west-1", .unknown),
            ("https://sqs.cn-north-1.amazonaws.com", "cn-north-1", .unknown),
            ("https://sqs.eu-west-1.amazonaws.com.example.com", "eu-west-1", .unknown),
            ("https://localhost", "eu-west-1", .unknown),
        ])
    func place(origin: String, region: String, place: SQSQueue.Place) throws {
        let queue = try #require(SQSQueue(url: "\(origin)/123456789012/hooks"))
        #expect(queue.place(forRegion: region, environment: [:]) == place)
    }

    @Test(
        "may have any host where SQS has an endpoint of its own",
        arguments: ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
    func configured(variable: String) throws {
        let queue = try #require(SQSQueue(url: "http://127.0.0.1:5000/123456789012/hooks"))
        let place = queue.place(forRegion: "eu-west-1", environment: [variable: "http://127.0.0.1:5000"])
        #expect(place == .here)
    }

    @Test("can be written as SQS writes it")
    func canonical() throws {
        let queue = try #require(SQSQueue(url: "https://queue.amazonaws.com/123456789012/hooks"))
        #expect(queue.canonicalURL(in: "us-east-1") == "https://sqs.us-east-1.amazonaws.com/123456789012/hooks")
    }
}
