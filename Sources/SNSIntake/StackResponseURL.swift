/// Where answers may be put: CloudFormation's own bucket of the region, and nowhere else, for whoever may publish to the
/// topic says where.
///
/// The host must *equal* one of the bucket's names. A pattern would not do: buckets with similar names may be anybody's.
enum StackResponseURL {
    /// - Parameter topic: its region and partition are those of the stack.
    static func isAllowed(_ url: String, in topic: SNSTopic, developmentOrigin: String?) -> Bool {
        guard url.utf8.count <= 8192, url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return false }
        if let developmentOrigin, url.hasPrefix("\(developmentOrigin)/") { return true }
        return url.hasPrefix("https://") && hosts(in: topic).contains(String(authority(of: url)))
    }

    /// What stands between the scheme and the path, whatever it is. What follows is a secret.
    static func authority(of url: String) -> Substring {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        return url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    /// The bucket's name has the region without its dashes; S3 knows it under several hosts.
    /// Source: CloudFormation user guide, "Setting up VPC endpoints for AWS CloudFormation"; captured requests.
    private static func hosts(in topic: SNSTopic) -> [String] {
        guard let suffix = suffixes[topic.partition] else { return [] }
        let bucket = "cloudformation-custom-resource-response-\(topic.region.filter { $0 != "-" })"
        return ["s3", "s3.\(topic.region)", "s3-\(topic.region)"].map { "\(bucket).\($0).\(suffix)" }
    }

    /// Source: botocore's `partitions.json`.
    private static let suffixes = [
        "aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com",
        "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov", "aws-iso-e": "cloud.adc-e.uk",
        "aws-iso-f": "csp.hci.ic.gov", "aws-eusc": "amazonaws.eu",
    ]
}
