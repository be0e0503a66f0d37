import Glibc
import Synchronization

/// A server on 127.0.0.1 that answers as no decent server would: what is sent, and when it stops, is the test's.
final class ScriptedServer: Sendable {
    /// One connection, in the hands of the script.
    struct Connection: Sendable {
        fileprivate let descriptor: Int32
        /// Counts the connections of this server, from 1.
        let number: Int

        func send(_ text: String) {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let sent = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent <= 0 { return }
                bytes = bytes.dropFirst(sent)
            }
        }

        /// Reads one request, head and body; nil when the client has closed.
        func receive() -> String? {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if let head = text.range(of: "\r\n\r\n") {
                    let length =
                        text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                        .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) } ?? 0
                    if text[head.upperBound...].utf8.count >= length { return text }
                }
                let count = recv(descriptor, &chunk, chunk.count, 0)
                if count <= 0 { return nil }
                bytes += chunk[..<count]
            }
        }

        /// Returns once the client has closed the connection.
        func waitForClose() {
            while receive() != nil {}
        }
    }

    let port: UInt16
    private let listener: Int32
    private let accepted = Mutex(0)
    private let events: AsyncStream<String>
    private let report: AsyncStream<String>.Continuation

    var url: String { "http://127.0.0.1:\(port)" }
    var connections: Int { accepted.withLock { $0 } }

    /// - Parameter script: runs on a thread of its own for each connection, which is closed when it returns. What it
    ///   returns can be waited for with ``next()``.
    init(_ script: @escaping @Sendable (Connection) -> String?) {
        (events, report) = AsyncStream.makeStream()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, status) = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = bind(listener, pointer, length)
                return (
                    listener, bound == 0 && getsockname(listener, pointer, &length) == 0 ? listen(listener, 128) : -1
                )
            }
        }
        precondition(status == 0, "no socket for a test")
        port = UInt16(bigEndian: address.sin_port)
        detach { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0 {
                    close(listener)
                    return
                }
                let number = accepted.withLock { count in
                    count += 1
                    return count
                }
                detach { [report] in
                    if let event = script(Connection(descriptor: descriptor, number: number)) { report.yield(event) }
                    Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
                    close(descriptor)
                }
            }
        }
    }

    /// Ends the listening; connections end with their scripts. Only the thread that accepts closes the socket: another
    /// server could have its number before that thread is back in `accept`.
    func stop() { Glibc.shutdown(listener, Int32(SHUT_RDWR)) }

    /// What the next script returned.
    func next() async -> String? {
        for await event in events { return event }
        return nil
    }

    /// Every request gets this answer, as long as the client stays.
    static func answering(_ answer: String) -> ScriptedServer {
        ScriptedServer { connection in
            while connection.receive() != nil { connection.send(answer) }
            return nil
        }
    }
}

private func detach(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
}

extension String {
    /// Without Foundation.
    fileprivate func range(of part: String) -> Range<String.Index>? { self.ranges(of: part).first }
}
