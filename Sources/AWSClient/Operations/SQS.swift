/// Amazon Simple Queue Service, API version 2012-11-05.
public struct SQS: Sendable {
    /// How long SQS waits for a first message at the most. Source: SQS API reference, "ReceiveMessage".
    public static let longestWait: Duration = .seconds(20)

    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    public struct Message: Hashable, Sendable {
        public let id: String
        /// Names this one time that it was received.
        public let receiptHandle: String
        public let body: String
        /// When SQS took it in, in milliseconds since 1970.
        public let sentAt: Int64

        public init(id: String, receiptHandle: String, body: String, sentAt: Int64) {
            self.id = id
            self.receiptHandle = receiptHandle
            self.body = body
            self.sentAt = sentAt
        }
    }

    /// Receives up to ten messages. SQS hides them from then on for the queue's visibility timeout.
    ///
    /// - Parameter wait: how long SQS waits for a first message, whole seconds up to ``longestWait``. Without waiting it
    ///   may overlook messages. The caller's time limit must be longer.
    public func receiveMessages(
        from queue: SQSQueue, waitingUpTo wait: Duration
    ) async throws(AWSError) -> [Message] {
        struct Input: Encodable {
            let queue: String
            let most = 10
            let wait: Int64
            let attributes = ["SentTimestamp"]

            enum CodingKeys: String, CodingKey {
                case queue = "QueueUrl"
                case most = "MaxNumberOfMessages"
                case wait = "WaitTimeSeconds"
                case attributes = "MessageSystemAttributeNames"
            }
        }
        struct Output: Decodable {
            /// Absent when there are none.
            let messages: [Received]?

            enum CodingKeys: String, CodingKey { case messages = "Messages" }
        }
        let output = try await caller.json(
            .receiveMessage, Input(queue: queue.url, wait: wait.components.seconds), as: Output.self)
        return (output.messages ?? []).map(\.message)
    }

    /// Deletes a message that was received. A queue may yet give it out once more.
    public func deleteMessage(_ receiptHandle: String, from queue: SQSQueue) async throws(AWSError) {
        struct Input: Encodable {
            let queue: String
            let receiptHandle: String

            enum CodingKeys: String, CodingKey {
                case queue = "QueueUrl"
                case receiptHandle = "ReceiptHandle"
            }
        }
        try await caller.json(.deleteMessage, Input(queue: queue.url, receiptHandle: receiptHandle))
    }
}

/// A message as SQS writes it.
private struct Received: Decodable {
    let message: SQS.Message

    enum CodingKeys: String, CodingKey {
        case id = "MessageId"
        case receiptHandle = "ReceiptHandle"
        case body = "Body"
        case attributes = "Attributes"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let attributes = try container.decode([String: String].self, forKey: .attributes)
        guard let sentAt = attributes["SentTimestamp"].flatMap({ Int64($0) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .attributes, in: container, debugDescription: "no SentTimestamp")
        }
        message = SQS.Message(
            id: try container.decode(String.self, forKey: .id),
            receiptHandle: try container.decode(String.self, forKey: .receiptHandle),
            body: try container.decode(String.self, forKey: .body), sentAt: sentAt)
    }
}
