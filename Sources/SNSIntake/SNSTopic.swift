/// A topic's ARN taken apart, and what follows from its region for the certificates that sign its messages.
public struct SNSTopic: Hashable, Sendable {
    public let region: String
    public let name: String

    /// nil unless it is `arn:PARTITION:sns:REGION:ACCOUNT:NAME` in AWS's own characters.
    public init?(arn: String) {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "sns",
            parts[1].utf8.allSatisfy(\.isLowercaseLetterDigitOrDash),
            !parts[3].isEmpty, parts[3].utf8.allSatisfy(\.isLowercaseLetterDigitOrDash),
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy(\.isDigit),
            (1...256).contains(parts[5].utf8.count), parts[5].utf8.allSatisfy(\.isTopicNameCharacter)
        else { return nil }
        region = String(parts[3])
        name = String(parts[5])
    }

    /// The one host that serves this region's signing certificates.
    var host: String { "sns.\(region).\(isInChina ? "amazonaws.com.cn" : "amazonaws.com")" }

    /// The name in the certificate that signs this region's messages.
    /// Source: the SNS message manager of the AWS SDK for Java 2.x.
    var signerName: String {
        if isInChina { return "sns-\(region).amazonaws.com.cn" }
        if region.hasPrefix("us-gov-") { return "sns-us-gov-west-1.amazonaws.com" }
        return Self.optInRegions.contains(region) ? "sns-signing.\(region).amazonaws.com" : "sns.amazonaws.com"
    }

    private var isInChina: Bool { region.hasPrefix("cn-") }

    private static let optInRegions: Set<String> = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-south-1", "eu-south-2", "eu-central-2", "il-central-1",
        "me-south-1", "me-central-1", "mx-central-1",
    ]
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    var isLowercaseLetterDigitOrDash: Bool { isLowercaseLetter || isDigit || self == UInt8(ascii: "-") }
    fileprivate var isTopicNameCharacter: Bool {
        isLowercaseLetterDigitOrDash || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }
}
