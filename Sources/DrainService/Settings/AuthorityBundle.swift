import FoundationEssentials

/// `AWS_CA_BUNDLE`: a PEM file with the certificate authorities that are believed instead of the system's.
public enum AuthorityBundle {
    /// - Returns: its path; nil when the variable is unset or empty, which is the same to AWS's tools.
    /// - Throws: ``SettingsError`` when it cannot be read or holds no certificate: then no call could succeed.
    public static func path(in environment: [String: String]) throws(SettingsError) -> String? {
        guard let path = environment["AWS_CA_BUNDLE"], !path.isEmpty else { return nil }
        guard let content = try? Data(contentsOf: URL(filePath: path)) else {
            throw SettingsError("AWS_CA_BUNDLE: \(path) cannot be read")
        }
        let text = String(decoding: content, as: UTF8.self)
        guard ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"].contains(where: text.contains)
        else { throw SettingsError("AWS_CA_BUNDLE: no PEM certificate in \(path)") }
        return path
    }
}
