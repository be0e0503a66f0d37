import Foundation
import Glibc

/// A client that says exactly what it is told to, however rude, over one TCP connection to 127.0.0.1.
///
/// Its calls block, so each is made on a thread of its own. None blocks for longer than `patience`.
final class RawClient: Sendable {
    private let socket: Int32
    private static let patience = timeval(tv_sec: 20, tv_usec: 0)

    struct Answer: Equatable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter receiveBuffer: A small one makes the peer feel soon that its answer is not read.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = Self.patience
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            Glibc.close(socket)
            throw Failure(description: String(cString: strerror(code)))
        }
    }

    deinit { Glibc.close(socket) }

    /// Sends all of `text`; throws when the peer has closed.
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking {
            guard self.sendAll(bytes) == bytes.count else { throw Failure(description: "the peer has closed") }
        }
    }

    /// Sends `bytes` again and again until the peer does not take them any more; how many it took, at most `limit`.
    func sendUntilRefused(_ bytes: [UInt8], limit: Int) async throws -> Int {
        try await blocking {
            var total = 0
            while total < limit {
                let sent = self.sendAll(bytes)
                total += sent
                if sent < bytes.count { break }
            }
            return total
        }
    }

    /// Sends one byte after the other, slowly, until the peer closes.
    func drip(_ byte: String, everyMilliseconds pause: Int32 = 30) async throws {
        try await blocking {
            for _ in 0..<1000 {
                var watched = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
                if poll(&watched, 1, pause) > 0 { return }
                if self.sendAll(Array(byte.utf8)) == 0 { return }
            }
            throw Failure(description: "the peer never closed")
        }
    }

    /// Returns once there is something to read, and leaves it there.
    func somethingCame() async throws {
        try await blocking {
            var watched = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, 20_000) == 1 else { throw Failure(description: "nothing came") }
        }
    }

    /// Reads one answer whose length is announced.
    func answer() async throws -> Answer {
        try await blocking {
            let head = try self.head()
            let body = try self.receive(exactly: head.headers["content-length"].flatMap { Int($0) } ?? 0)
            return Answer(status: head.status, headers: head.headers, body: String(decoding: body, as: UTF8.self))
        }
    }

    /// Reads an answer up to its body.
    func answerHead() async throws -> Answer { try await blocking { try self.head() } }

    /// Closes in both directions.
    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Reads until the peer closes, in order or by a reset, and says how many bytes came before.
    @discardableResult
    func bytesUntilClosed() async throws -> Int {
        try await blocking {
            var total = 0
            while true {
                let chunk = try self.receive(atMost: 1 << 16)
                if chunk.isEmpty { return total }
                total += chunk.count
            }
        }
    }

    private func sendAll(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        return sent
    }

    private func head() throws -> Answer {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) { bytes += try receive(exactly: 1) }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "not an answer: \(lines)")
        }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
        return Answer(status: status, headers: Dictionary(fields) { $0 + ", " + $1 }, body: "")
    }

    private func receive(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(atMost: count - bytes.count)
            guard !more.isEmpty else { throw Failure(description: "the peer closed before the answer was whole") }
            bytes += more
        }
        return bytes
    }

    /// Empty when the peer has closed.
    private func receive(atMost count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(socket, &bytes, count, 0)
        if received < 0, errno == EAGAIN { throw Failure(description: "nothing came and nothing was closed") }
        return Array(bytes.prefix(max(0, received)))
    }

    private func blocking<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: call)) }
        }
    }
}
