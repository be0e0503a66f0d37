import HTTPTransport
import Synchronization

/// Answers requests from a list, and keeps what it was asked.
final class ScriptedHTTP: HTTPClient {
    enum Turn: Sendable {
        case answer(Int, String, [(name: String, value: String)] = [])
        case fail(HTTPTransportError.Reason)
    }

    private let state: Mutex<(turns: [Turn], requests: [HTTPRequest])>

    init(_ turns: [Turn]) { state = Mutex((turns, [])) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        let turn = state.withLock { state -> Turn? in
            state.requests.append(request)
            return state.turns.isEmpty ? nil : state.turns.removeFirst()
        }
        switch turn {
        case .answer(let status, let body, let headers):
            return HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
        case .fail(let reason): throw HTTPTransportError(reason, "scripted")
        case nil: throw HTTPTransportError(.couldNotConnect, "nobody answers")
        }
    }
}

extension HTTPRequest {
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}
