import CCurl

/// The thread's work: take wishes, let libcurl perform, hand out answers, wait. It alone touches the handles.
struct CurlLoop {
    private let inbox: CurlInbox
    private let settings: CurlTransfer.Settings
    private var transfers: [UInt64: CurlTransfer] = [:]
    private var idle: [CurlEasyHandle] = []

    /// Spare easy handles kept for reuse; connections are kept by the multi handle, not by these.
    private static let mostIdle = 64

    init(inbox: CurlInbox, settings: CurlTransfer.Settings) {
        self.inbox = inbox
        self.settings = settings
    }

    consuming func run() {
        guard let multi = curl_multi_init() else { return refuseAll("libcurl gave no multi handle") }
        inbox.attach(CurlWakeup(multi: multi))
        while true {
            let (messages, isClosed) = inbox.drain()
            for message in messages { take(message, multi) }
            if isClosed { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collect(multi)
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
        inbox.detach()
        for id in transfers.keys {
            end(id, multi)?.abandon(.shutDown, "the HTTP client has been shut down")
        }
        idle = []
        curl_multi_cleanup(multi)
    }

    private mutating func take(_ message: CurlInbox.Message, _ multi: UnsafeMutableRawPointer) {
        switch message {
        case .start(let id, let request, let promise): start(id, request, promise, multi)
        case .cancel(let id): end(id, multi)?.abandon(.cancelled, "cancelled")
        }
    }

    private mutating func start(
        _ id: UInt64, _ request: HTTPRequest, _ promise: CurlPromise, _ multi: UnsafeMutableRawPointer
    ) {
        guard let handle = idle.popLast() ?? CurlEasyHandle() else {
            return promise.fail(HTTPTransportError(.couldNotConnect, "libcurl gave no handle"))
        }
        do throws(HTTPTransportError) {
            let transfer = try CurlTransfer(
                id: id, request: request, promise: promise, handle: handle, settings: settings)
            guard curl_multi_add_handle(multi, handle.raw) == CURLM_OK else {
                throw HTTPTransportError(.couldNotConnect, "libcurl did not take the request")
            }
            transfers[id] = transfer
        } catch {
            promise.fail(error)
        }
    }

    private mutating func collect(_ multi: UnsafeMutableRawPointer) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = ccurl_message_result(message)  // to be read before the handle is removed
            var id = 0
            guard ccurl_get_long(easy, CURLINFO_PRIVATE, &id) == CURLE_OK else { continue }
            end(UInt64(id), multi)?.finish(code)
        }
    }

    /// Takes a transfer out of libcurl; its handle is free for the next once the caller has let go of it.
    private mutating func end(_ id: UInt64, _ multi: UnsafeMutableRawPointer) -> CurlTransfer? {
        guard let transfer = transfers.removeValue(forKey: id) else { return nil }
        curl_multi_remove_handle(multi, transfer.handle.raw)
        if idle.count < Self.mostIdle { idle.append(transfer.handle) }
        return transfer
    }

    private func refuseAll(_ reason: String) {
        inbox.close()
        for case .start(_, _, let promise) in inbox.drain().messages {
            promise.fail(HTTPTransportError(.couldNotConnect, reason))
        }
    }
}

/// Owns one easy handle.
final class CurlEasyHandle {
    let raw: UnsafeMutableRawPointer

    init?() {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
    }

    deinit { curl_easy_cleanup(raw) }
}
