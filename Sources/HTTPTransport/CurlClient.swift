import CCurl
import Glibc
import Synchronization

/// An ``HTTPClient`` on libcurl: one multi handle on a thread of its own carries every transfer and keeps connections
/// for the next.
///
/// HTTP/1.1, since AWS's control planes speak nothing newer. TLS is always verified. Each ``send(_:)`` returns exactly
/// once, whatever happens; after ``shutdown()`` with ``HTTPTransportError/Reason/shutDown``.
public final class CurlClient: HTTPClient {
    private let inbox: CurlInbox

    /// - Parameters:
    ///   - certificateAuthorities: a PEM file that replaces the system's authorities (`AWS_CA_BUNDLE`).
    ///   - userAgent: what requests without a `User-Agent` header say.
    public init(certificateAuthorities: String? = nil, userAgent: String = "draind") {
        _ = Self.globalInitialisation
        let inbox = CurlInbox()
        self.inbox = inbox
        let settings = CurlTransfer.Settings(certificateAuthorities: certificateAuthorities, userAgent: userAgent)
        startThread { CurlLoop(inbox: inbox, settings: settings).run() }
    }

    deinit { inbox.close() }

    public func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        guard !Task.isCancelled else {
            throw HTTPTransportError(.cancelled, "cancelled before it was sent", mayHaveBeenReceived: false)
        }
        let id = inbox.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.post(.start(id, request, CurlPromise(continuation)))
                // Cancelled before it was posted: the handler's message may have come first, and found nothing.
                if Task.isCancelled { inbox.post(.cancel(id)) }
            }
        } onCancel: {
            inbox.post(.cancel(id))
        }
        return try result.get()
    }

    /// Ends the thread; transfers under way fail.
    public func shutdown() { inbox.close() }

    /// libcurl wants this once per process, before any other thread uses it; a static constant is both.
    private static let globalInitialisation = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// Where callers leave their wishes for the thread.
final class CurlInbox: Sendable {
    enum Message: Sendable {
        case start(UInt64, HTTPRequest, CurlPromise)
        case cancel(UInt64)
    }

    private struct State: Sendable {
        var messages: [Message] = []
        var lastID: UInt64 = 0
        var isClosed = false
        var wakeup: CurlWakeup?
    }

    private let state = Mutex(State())

    func nextID() -> UInt64 {
        state.withLock {
            $0.lastID += 1
            return $0.lastID
        }
    }

    func post(_ message: Message) {
        let isRefused = state.withLock { state in
            if state.isClosed { return true }
            state.messages.append(message)
            state.wakeup?.wake()
            return false
        }
        if isRefused, case .start(_, _, let promise) = message {
            promise.fail(HTTPTransportError(.shutDown, "the HTTP client has been shut down"))
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wakeup?.wake()
        }
    }

    /// Takes what was left; `isClosed` tells the thread to end. From then on nothing is taken in any more.
    func drain() -> (messages: [Message], isClosed: Bool) {
        state.withLock { state in
            defer { state.messages = [] }
            return (state.messages, state.isClosed)
        }
    }

    /// While attached, posts wake the thread. Waking happens under the lock, so never after `detach` returned.
    func attach(_ wakeup: CurlWakeup) { state.withLock { $0.wakeup = wakeup } }
    func detach() { state.withLock { $0.wakeup = nil } }
}

/// The one libcurl call that other threads may make while the loop runs.
struct CurlWakeup: @unchecked Sendable {
    // Safe to send: `curl_multi_wakeup` is documented as callable from any thread, and the inbox calls it only between
    // `attach` and `detach`, within the life of the handle.
    private let multi: UnsafeMutableRawPointer

    init(multi: UnsafeMutableRawPointer) { self.multi = multi }

    func wake() { curl_multi_wakeup(multi) }
}

/// A caller that waits. It is resumed exactly once because only the loop holds it, and forgets it when it resumes it.
struct CurlPromise: Sendable {
    private let continuation: CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>

    init(_ continuation: CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>) {
        self.continuation = continuation
    }

    func succeed(_ response: HTTPResponse) { continuation.resume(returning: .success(response)) }
    func fail(_ error: HTTPTransportError) { continuation.resume(returning: .failure(error)) }
}

/// Runs the body on a detached thread: what blocks never runs on Swift's cooperative pool.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Box(body)).toOpaque()
    let status = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
            return nil
        }, context)
    precondition(status == 0, "no thread for libcurl: \(status)")
    pthread_detach(thread)
}
