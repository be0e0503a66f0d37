import Foundation

/// A folder that is removed with the test.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "draind-ledger-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String = "draind.db") -> String { "\(path)/\(name)" }
}
