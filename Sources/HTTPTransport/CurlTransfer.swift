import CCurl

/// One request on its way: what libcurl borrows (body, header list, answer buffer) lives in here as long as it borrows.
final class CurlTransfer {
    struct Settings: Sendable {
        let certificateAuthorities: String?
        let userAgent: String
    }

    let handle: CurlEasyHandle
    let promise: CurlPromise

    private let body: UnsafeMutableBufferPointer<UInt8>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private let limit: Int
    private var answer: [UInt8] = []
    private var isTooLarge = false

    init(
        id: UInt64, request: HTTPRequest, promise: CurlPromise, handle: CurlEasyHandle, settings: Settings
    ) throws(HTTPTransportError) {
        self.handle = handle
        self.promise = promise
        limit = request.maximumResponseBytes
        body = .allocate(capacity: request.body.count)
        _ = body.initialize(fromContentsOf: request.body)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        curl_easy_reset(handle.raw)
        try configure(id: id, request, settings)
    }

    deinit {
        // The handle may outlive this in the pool: it must not keep pointers into what is freed here.
        curl_easy_reset(handle.raw)
        curl_slist_free_all(headerList)
        body.deallocate()
        errorText.deallocate()
    }

    /// Hands the answer, or the reason why there is none, to the caller.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else { return promise.fail(failure(code)) }
        var status = 0
        guard ccurl_get_long(handle.raw, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK else {
            return promise.fail(HTTPTransportError(.interrupted, "no status in the answer"))
        }
        promise.succeed(HTTPResponse(status: status, headers: answerHeaders(), body: answer))
    }

    /// Tells the caller that its request was ended before there was an answer.
    func abandon(_ reason: HTTPTransportError.Reason, _ detail: String) {
        promise.fail(HTTPTransportError(reason, detail, mayHaveBeenReceived: hasSent))
    }

    // MARK: Options

    private func configure(id: UInt64, _ request: HTTPRequest, _ settings: Settings) throws(HTTPTransportError) {
        try set(CURLOPT_PRIVATE, Int(id))
        try set(CURLOPT_ERRORBUFFER, pointer: errorText)
        try set(CURLOPT_NOSIGNAL, 1)
        // Names are resolved on threads of libcurl's. Without this, a transfer that ends before its name is found joins
        // that thread, and with it the loop and every other transfer wait for the resolver.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PATH_AS_IS, 1)  // what was signed is what is sent
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        try set(CURLOPT_USERAGENT, settings.userAgent)
        if !request.usesProxy { try set(CURLOPT_PROXY, "") }
        if let file = settings.certificateAuthorities {
            try set(CURLOPT_CAINFO, file)
            try set(CURLOPT_CAPATH, pointer: nil)  // instead of the system's, not beside them
        }
        if request.method == "HEAD" { try set(CURLOPT_NOBODY, 1) }
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            try set(CURLOPT_POSTFIELDS, pointer: UnsafeMutableRawPointer(body.baseAddress))
            try check(ccurl_set_offset(handle.raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        }
        try setHeaders(request.headers)
        try set(CURLOPT_MAXFILESIZE, limit)
        try check(ccurl_set_write(handle.raw, receive, Unmanaged.passUnretained(self).toOpaque()))
    }

    private func setHeaders(_ headers: [(name: String, value: String)]) throws(HTTPTransportError) {
        // Without these libcurl would wait for "100 Continue", and claim a form's Content-Type, unsigned.
        var lines = ["Expect:"]
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        for (name, value) in headers {
            guard !(name + value).utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
                throw HTTPTransportError(.invalidRequest, "line break in header \(name.debugDescription)")
            }
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else {
                throw HTTPTransportError(.invalidRequest, "no memory for the headers")
            }
            headerList = longer
        }
        try check(ccurl_set_list(handle.raw, CURLOPT_HTTPHEADER, headerList))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
        try check(ccurl_set_long(handle.raw, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPTransportError) {
        try check(ccurl_set_string(handle.raw, option, value))
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) throws(HTTPTransportError) {
        try check(ccurl_set_pointer(handle.raw, option, pointer))
    }

    private func check(_ code: CURLcode) throws(HTTPTransportError) {
        guard code != CURLE_OK else { return }
        throw HTTPTransportError(.invalidRequest, String(cString: curl_easy_strerror(code)))
    }

    // MARK: The answer

    /// - Returns: whether the bytes were taken; if not, libcurl ends the transfer.
    fileprivate func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard answer.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        answer.append(contentsOf: bytes)
        return true
    }

    private func answerHeaders() -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        var previous: UnsafeMutablePointer<curl_header>?
        while let header = curl_easy_nextheader(handle.raw, UInt32(CURLH_HEADER), -1, previous) {
            headers.append((String(cString: header.pointee.name), String(cString: header.pointee.value)))
            previous = header
        }
        return headers
    }

    /// Whether any of the request has left us, on this connection or on one that broke before it.
    private var hasSent: Bool {
        var bytes = 0
        return ccurl_get_long(handle.raw, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes > 0
    }

    private func failure(_ code: CURLcode) -> HTTPTransportError {
        if isTooLarge || code == CURLE_FILESIZE_EXCEEDED {
            return HTTPTransportError(.responseTooLarge, "the answer is longer than \(limit) bytes")
        }
        let text = String(cString: errorText)
        return HTTPTransportError(
            reason(code), text.isEmpty ? String(cString: curl_easy_strerror(code)) : text, mayHaveBeenReceived: hasSent)
    }

    private func reason(_ code: CURLcode) -> HTTPTransportError.Reason {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .couldNotConnect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            .tls
        // Also libcurl's answer to a server that speaks no HTTP; but then something was sent.
        case CURLE_UNSUPPORTED_PROTOCOL where !hasSent: .invalidRequest
        case CURLE_URL_MALFORMAT: .invalidRequest
        default: .interrupted
        }
    }
}

/// libcurl's write callback; `context` is the transfer, which the loop keeps while libcurl may call.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.append(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

extension Duration {
    /// At least 1: libcurl takes 0 for "no limit".
    fileprivate var wholeMilliseconds: Int {
        max(1, Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000))
    }
}
