import FoundationEssentials

/// One profile of the shared files `~/.aws/config` and `~/.aws/credentials`: static keys and the region.
///
/// Profiles that assume a role, use SSO or run a program are refused by name rather than passed over.
struct SharedProfile: CredentialProvider {
    let name: String
    /// Whether there is a section of it in either file.
    let exists: Bool
    private let isChosen: Bool
    private let settings: [String: String]

    init(environment: [String: String], profile: String? = nil, read: (String) -> String? = Self.readFile) {
        let chosen = profile ?? environment.nonEmpty("AWS_PROFILE")
        name = chosen ?? "default"
        isChosen = chosen != nil
        let home = environment.nonEmpty("HOME") ?? "/root"
        let config = environment.nonEmpty("AWS_CONFIG_FILE") ?? "\(home)/.aws/config"
        let credentials = environment.nonEmpty("AWS_SHARED_CREDENTIALS_FILE") ?? "\(home)/.aws/credentials"
        let configured = Self.sections(read(config) ?? "")
        let inConfig = configured["profile \(name)"] ?? (name == "default" ? configured["default"] : nil)
        let inCredentials = Self.sections(read(credentials) ?? "")[name]
        exists = inConfig != nil || inCredentials != nil
        settings = (inConfig ?? [:]).merging(inCredentials ?? [:]) { _, credentials in credentials }
    }

    var region: String? { settings.nonEmpty("region") }

    func credentials() async throws(CredentialError) -> AWSCredentials? {
        if let id = settings.nonEmpty("aws_access_key_id") {
            guard let secret = settings.nonEmpty("aws_secret_access_key") else {
                throw CredentialError("profile \(name) has aws_access_key_id and no aws_secret_access_key")
            }
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: settings.nonEmpty("aws_session_token"))
        }
        for key in ["role_arn", "sso_session", "sso_start_url", "credential_process", "web_identity_token_file"]
        where settings[key] != nil {
            throw CredentialError(
                "profile \(name) uses \(key), which draind does not support; use keys or a role of the task")
        }
        if isChosen { throw CredentialError("profile \(name) has no keys, or does not exist") }
        return nil
    }

    private static func sections(_ text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmed
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
                let name = trimmed[trimmed.index(after: trimmed.startIndex)..<end]
                    .split(whereSeparator: \.isWhitespace).joined(separator: " ")
                sections[name] = sections[name] ?? [:]
                current = name
            } else if let current, line.first?.isWhitespace == false, let equals = trimmed.firstIndex(of: "=") {
                let value = trimmed[trimmed.index(after: equals)...].trimmed
                sections[current, default: [:]][String(trimmed[..<equals].trimmed)] = String(value)
            }
        }
        return sections
    }

    private static func readFile(_ path: String) -> String? {
        // Absent is ordinary, and unreadable leads to the message that there are no credentials.
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension StringProtocol {
    fileprivate var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
