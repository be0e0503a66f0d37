import FoundationEssentials

/// Where a service is, and under which name its requests are signed.
struct Endpoint: Hashable, Sendable {
    /// Without a trailing slash.
    let url: String
    let signingRegion: String
    let signingName: String

    /// - Parameter environment: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`
    ///   and `AWS_USE_FIPS_ENDPOINT` are obeyed as AWS's own tools obey them.
    init(_ service: AWSService, region: String, environment: [String: String]) {
        signingRegion = region
        signingName = service.signingName
        if let name = Self.settings(for: service, in: environment).first, let configured = environment[name] {
            url = configured.hasSuffix("/") ? String(configured.dropLast()) : configured
            return
        }
        let wantsFIPS = environment["AWS_USE_FIPS_ENDPOINT"]?.lowercased() == "true"
        let host = wantsFIPS ? service.fipsHost(in: region) : service.signingName
        url = "https://\(host).\(region).\(Self.dnsSuffix(of: region))"
    }

    /// The variables that are set and say where a service is; the first one counts.
    static func settings(for service: AWSService, in environment: [String: String]) -> [String] {
        guard environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() != "true" else { return [] }
        return ["AWS_ENDPOINT_URL_\(service.environmentName)", "AWS_ENDPOINT_URL"].filter {
            environment.nonEmpty($0) != nil
        }
    }

    /// Host and, where it is not the scheme's own, port: what the Host header says and the signature covers.
    var authority: String { String(afterScheme.prefix { $0 != "/" }) }

    /// What is requested of the host, with a trailing slash.
    var path: String { String(afterScheme.drop { $0 != "/" }) + "/" }

    private var afterScheme: Substring {
        guard let scheme = url.firstRange(of: "://") else { return url[...] }
        return url[scheme.upperBound...]
    }

    static func dnsSuffix(of region: String) -> String { partitionFields(of: region).dnsSuffix }

    /// As ARNs have it: `aws`, `aws-cn`, …
    static func partition(of region: String) -> String { partitionFields(of: region).name }

    /// Source: botocore's `partitions.json`.
    private static func partitionFields(of region: String) -> (name: String, dnsSuffix: String) {
        let partitions = [
            "cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com"),
            "us-iso-": ("aws-iso", "c2s.ic.gov"), "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
            "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"), "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
            "eusc-": ("aws-eusc", "amazonaws.eu"),
        ]
        return partitions.first { region.hasPrefix($0.key) }?.value ?? ("aws", "amazonaws.com")
    }
}

extension AWSService {
    var signingName: String {
        switch self {
        case .autoScaling: "autoscaling"
        case .dynamoDB: "dynamodb"
        case .ec2: "ec2"
        case .ecs: "ecs"
        case .elasticLoadBalancing, .elasticLoadBalancingV2: "elasticloadbalancing"
        case .sns: "sns"
        case .sqs: "sqs"
        case .sts: "sts"
        }
    }

    /// As in `AWS_ENDPOINT_URL_<SERVICE>`.
    fileprivate var environmentName: String {
        switch self {
        case .autoScaling: "AUTO_SCALING"
        case .dynamoDB: "DYNAMODB"
        case .ec2: "EC2"
        case .ecs: "ECS"
        case .elasticLoadBalancing: "ELASTIC_LOAD_BALANCING"
        case .elasticLoadBalancingV2: "ELASTIC_LOAD_BALANCING_V2"
        case .sns: "SNS"
        case .sqs: "SQS"
        case .sts: "STS"
        }
    }

    /// Source: botocore's `endpoint-rule-set-1.json` of each service. GovCloud's plain hosts are FIPS hosts, but for ECS;
    /// so are those of SQS in the isolated partitions.
    fileprivate func fipsHost(in region: String) -> String {
        let isPlain =
            switch self {
            case .ecs: false
            case .sqs: ["us-gov-", "us-iso-", "us-isob-", "us-isof-"].contains(where: region.hasPrefix)
            default: region.hasPrefix("us-gov-")
            }
        return isPlain ? signingName : "\(signingName)-fips"
    }
}
