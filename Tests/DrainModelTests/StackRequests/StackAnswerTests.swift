import DrainModel
import Foundation
import Testing

@Suite("An answer to CloudFormation")
struct StackAnswerTests {
    private func failed(_ reason: String) -> StackAnswer? {
        var request = StackScene.accepted(StackScene.message(.create))
        for moment in [StackScene.start, StackScene.start + .seconds(60)] {
            request = StackRequestMachine.told(request, .refused(reason), at: moment)
        }
        return request.answer
    }

    private func fields(_ answer: StackAnswer?) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(try #require(answer).body.utf8))
    }

    @Test("gives back the ids that the request had, to the letter")
    func ids() throws {
        let fields = try fields(failed("no"))
        #expect(
            fields == [
                "Status": "FAILED", "Reason": "no", "PhysicalResourceId": StackScene.madeID(),
                "StackId": StackScene.stack, "RequestId": "request-Create", "LogicalResourceId": "Hook",
            ])
    }

    @Test(
        "is as long as it may be and no longer, whatever its reason is made of",
        arguments: ["x", "\"", "\\", "\n", "é", "🐳"])
    func length(character: String) throws {
        let answer = failed(String(repeating: character, count: 5000))
        let size = try #require(answer).body.utf8.count
        #expect(size <= 4096 && size > 4080)
        #expect(try fields(answer)["Reason"]?.hasSuffix("…") == true)
    }

    @Test("says everything where there is room")
    func whole() throws {
        let reason = "a \"quoted\"\nline \\ and a tab\t"
        #expect(try fields(failed(reason))["Reason"] == reason)
    }
}
