import DrainModel
import Foundation
import HTTPEndpoint
import HTTPTransport
import Synchronization

/// A real draind beside this program; what it keeps in files is thrown away.
final class DraindProcess: Sendable {
    /// For people, to tell several apart.
    let name: String
    let adminEndpoint: String
    let notificationEndpoint: String
    let logPath: String
    private let folder: String
    private let process: Mutex<Process>
    /// draind ends when this does: with this process, even if that is killed.
    private let lifeline = Pipe()
    private let http: any HTTPClient

    /// Where it records its drains.
    enum Store: Sendable {
        /// A file of its own.
        case sqlite
        /// A table that it shares with others, which the first of them makes.
        case dynamoDB(table: String, endpoint: String)
    }

    init(
        name: String, awsEndpoint: String, topic: String, drainTimeout: Duration, store: Store, http: any HTTPClient
    ) throws {
        self.name = name
        self.http = http
        folder = NSTemporaryDirectory() + "drainctl-demo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        logPath = "\(folder)/draind.log"
        guard FileManager.default.createFile(atPath: logPath, contents: nil) else {
            throw DemoFailure("\(logPath) cannot be written")
        }
        let ports = try Self.freePorts(2)
        notificationEndpoint = "http://127.0.0.1:\(ports[0])/sns"
        adminEndpoint = "http://127.0.0.1:\(ports[1])"

        let process = Process()
        process.executableURL = Self.executable
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
            "AWS_ENDPOINT_URL": awsEndpoint, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated", "DRAIND_TOPICS": topic, "DRAIND_LISTEN": "127.0.0.1:\(ports[0])",
            "DRAIND_ADMIN_LISTEN": "127.0.0.1:\(ports[1])",
            "DRAIND_SNS_CERTIFICATE_ORIGIN": awsEndpoint, "DRAIND_POLL_INTERVAL": "1s", "DRAIND_LOG_FORMAT": "text",
            "DRAIND_DRAIN_TIMEOUT": drainTimeout.brief,
        ].merging(store.settings(folder: folder)) { $1 }
        process.standardError = FileHandle(forWritingAtPath: logPath)
        process.arguments = ["--end-with-standard-input"]
        process.standardInput = lifeline
        do {
            try process.run()
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw DemoFailure("\(Self.executable.path) did not start: build it with: swift build --product draind")
        }
        self.process = Mutex(process)
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    /// Ends draind as an operator would, and removes what it stored; or keeps that, and says where, for whoever must
    /// find out what went wrong.
    func stop(keepingLog: Bool) {
        process.withLock { process in
            if process.isRunning { process.terminate() }
            process.waitUntilExit()
        }
        if keepingLog {
            Console.say("\(name)'s log is kept: \(logPath)")
        } else {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// As `kill -9` does it: nothing is handed over, nothing put in order.
    func kill() {
        process.withLock { process in
            _ = Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    func waitUntilReady() async throws {
        for _ in 0..<200 {
            if let answer = try? await get("/readyz"), answer.status == 200 { return }
            guard isRunning else { break }
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
        let log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        throw DemoFailure("\(name) did not become ready:\n\(log)")
    }

    func drains() async throws -> [DrainJSON] {
        let answer = try await get("/v1/drains?state=all&limit=1000")
        return try JSONDecoder().decode(DrainListJSON.self, from: Data(answer.body)).drains
    }

    /// Whether it decides, as it says itself; nil while it is not ready.
    func role() async throws -> ReadinessJSON? {
        let answer = try await get("/readyz")
        guard answer.status == 200 else { return nil }
        return try JSONDecoder().decode(ReadinessJSON.self, from: Data(answer.body))
    }

    private func get(_ path: String) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(method: "GET", url: adminEndpoint + path, timeout: .seconds(5), usesProxy: false))
    }

    /// draind lies beside drainctl, wherever that is.
    private static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "draind")
    }

    /// Ports that are free now: bound together, then let go, so that they differ.
    private static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
                }
            }
            guard status == 0 else { throw DemoFailure("no free port on 127.0.0.1") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}

extension DraindProcess.Store {
    fileprivate func settings(folder: String) -> [String: String] {
        switch self {
        case .sqlite: ["DRAIND_STORE": "sqlite:\(folder)/draind.db"]
        case .dynamoDB(let table, let endpoint):
            [
                "DRAIND_STORE": "dynamodb:\(table)", "DRAIND_CREATE_TABLE": "on", "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            ]
        }
    }
}
