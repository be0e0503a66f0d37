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

    /// Deletes messages that were received, one to ten. A queue may yet give them out once more.
    ///
    /// - Returns: by their receipt handles, those that were not deleted, and why.
    public func deleteMessages(
        _ receiptHandles: [String], from queue: SQSQueue
    ) async throws(AWSError) -> [String: AWSError] {
        struct Input: Encodable {
            struct Entry: Encodable {
                let id: String
                let receiptHandle: String

                enum CodingKeys: String, CodingKey {
                    case id = "Id"
                    case receiptHandle = "ReceiptHandle"
                }
            }
            let queue: String
            let entries: [Entry]

            enum CodingKeys: String, CodingKey {
                case queue = "QueueUrl"
                case entries = "Entries"
            }
        }
        struct Output: Decodable {
            /// Absent when all were deleted.
            let failed: [Undeleted]?

            enum CodingKeys: String, CodingKey { case failed = "Failed" }
        }
        let entries = receiptHandles.enumerated().map { Input.Entry(id: "\($0)", receiptHandle: $1) }
        let output = try await caller.json(
            .deleteMessageBatch, Input(queue: queue.url, entries: entries), as: Output.self)
        var failures: [String: AWSError] = [:]
        for failure in output.failed ?? [] {
            guard let number = Int(failure.id), receiptHandles.indices.contains(number) else { continue }
            failures[receiptHandles[number]] = failure.error
        }
        return failures
    }
}

/// A message that was not deleted, as SQS writes it.
private struct Undeleted: Decodable {
    let id: String
    let code: String
    let message: String?
    let isSendersFault: Bool

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case code = "Code"
        case message = "Message"
        case isSendersFault = "SenderFault"
    }

    var error: AWSError {
        let operation = AWSOperation.deleteMessageBatch
        return AWSError(
            service: operation.service, operation: operation.name,
            reason: .refused(code: code, message: message ?? "", status: isSendersFault ? 400 : 500, requestID: nil))
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
