import Foundation

/// What is said to people goes to standard error, so that standard output holds results only.
enum Console {
    static func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// At once, though standard output be a pipe.
    static func result(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
