import Testing

@testable import AWSClient

@Suite("Error bodies")
struct ErrorBodyTests {
    private func decode(_ body: String, _ contentType: String?, _ status: Int = 400) -> [String?] {
        let (code, message, requestID) = decodeAWSErrorBody(Array(body.utf8), contentType: contentType, status: status)
        return [code, message, requestID]
    }

    @Test("the Query protocol's XML has code, message and request id")
    func query() {
        let body = """
            <ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
              <Error>
                <Type>Sender</Type>
                <Code>ValidationError</Code>
                <Message>No active Lifecycle Action found with instance ID &apos;i-0a&apos;</Message>
              </Error>
              <RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId>
            </ErrorResponse>
            """
        #expect(
            decode(body, "text/xml") == [
                "ValidationError", "No active Lifecycle Action found with instance ID 'i-0a'",
                "7c6e177f-f082-11e1-ac58-3714bEXAMPLE",
            ])
    }

    @Test("EC2's XML is read as well")
    func ec2() {
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors>\
            <RequestID>r-1</RequestID></Response>
            """
        #expect(decode(body, "text/xml;charset=UTF-8", 401) == ["AuthFailure", "no", "r-1"])
    }

    @Test(
        "the code in JSON is freed of prefix and suffix",
        arguments: [
            ("ThrottlingException", "ThrottlingException"),
            ("com.amazonaws.ecs#ClientException", "ClientException"),
            ("ValidationException:http://internal.amazon.com/coral/", "ValidationException"),
            ("com.amazon.coral.service#AccessDeniedException:http://internal.amazon.com/", "AccessDeniedException"),
        ])
    func jsonCode(type: String, code: String) {
        #expect(decode(#"{"__type":"\#(type)","message":"m"}"#, "application/x-amz-json-1.1") == [code, "m", nil])
    }

    @Test("JSON spells the message in two ways")
    func jsonMessage() {
        #expect(decode(#"{"__type":"E","Message":"Rate exceeded"}"#, nil) == ["E", "Rate exceeded", nil])
    }

    @Test("JSON with neither is known by its status")
    func bareJSON() {
        #expect(decode(#"{"__type":7,"message":["m"]}"#, nil, 500) == ["HTTP500", "", nil])
    }

    @Test(
        "what is not AWS's is known by its status",
        arguments: [
            "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "<html><body><h1>502</h1></body></html>",
            "<ErrorResponse>", "{", "[]", "Bad Gateway",
        ])
    func foreign(body: String) {
        let message = "\(body.utf8.count) bytes of text/html in place of AWS's description of the error"
        #expect(decode(body, "text/html", 502) == ["HTTP502", message, nil])
    }

    @Test("an empty body is known by its status")
    func empty() {
        #expect(
            decode("", nil, 503) == ["HTTP503", "an empty answer in place of AWS's description of the error", nil])
    }
}
