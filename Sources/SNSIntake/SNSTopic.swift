/// A topic's ARN taken apart, and what follows from it for the certificates that sign its messages.
public struct SNSTopic: Hashable, Sendable {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    public let partition: String
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
        partition = String(parts[1])
        region = String(parts[3])
        name = String(parts[5])
    }

    /// Whether it is known who signs its messages. AWS has not published it for the European Sovereign Cloud and the
    /// isolated partitions: no message of theirs could be believed.
    public var isVerifiable: Bool { signing != nil }

    /// The one host that serves the signing certificates, and the names, one of which each certificate bears.
    struct Signing: Hashable, Sendable {
        let host: String
        let names: [String]
    }

    /// Source: the SNS message manager of the AWS SDK for Java 2.x.
    var signing: Signing? {
        switch partition {
        case "aws": Signing(host: "sns.\(region).amazonaws.com", names: commercialNames)
        case "aws-cn":
            Signing(host: "sns.\(region).amazonaws.com.cn", names: ["sns-\(region).amazonaws.com.cn"])
        case "aws-us-gov":
            Signing(host: "sns.\(region).amazonaws.com", names: ["sns-us-gov-west-1.amazonaws.com"])
        default: nil
        }
    }

    /// A region that is newer than this list may be of either kind.
    private var commercialNames: [String] {
        let (common, own) = ("sns.amazonaws.com", "sns-signing.\(region).amazonaws.com")
        if Self.optInRegions.contains(region) { return [own] }
        return Self.defaultRegions.contains(region) ? [common] : [common, own]
    }

    private static let optInRegions: Set<String> = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-south-1", "eu-south-2", "eu-central-2", "il-central-1",
        "me-south-1", "me-central-1", "mx-central-1",
    ]
    private static let defaultRegions: Set<String> = [
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
        "us-east-2", "us-west-1", "us-west-2",
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
