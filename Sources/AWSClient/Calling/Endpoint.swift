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

    /// The partition's DNS suffix. Source: botocore's `partitions.json`.
    private static func dnsSuffix(of region: String) -> String {
        let suffixes = [
            "cn-": "amazonaws.com.cn", "us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov",
            "eu-isoe-": "cloud.adc-e.uk", "us-isof-": "csp.hci.ic.gov", "eusc-": "amazonaws.eu",
        ]
        return suffixes.first { region.hasPrefix($0.key) }?.value ?? "amazonaws.com"
    }
}

extension AWSService {
    var signingName: String {
        switch self {
        case .autoScaling: "autoscaling"
        case .dynamoDB: "dynamodb"
        case .ecs: "ecs"
        case .elasticLoadBalancing, .elasticLoadBalancingV2: "elasticloadbalancing"
        case .sns: "sns"
        case .sts: "sts"
        }
    }

    /// As in `AWS_ENDPOINT_URL_<SERVICE>`.
    fileprivate var environmentName: String {
        switch self {
        case .autoScaling: "AUTO_SCALING"
        case .dynamoDB: "DYNAMODB"
        case .ecs: "ECS"
        case .elasticLoadBalancing: "ELASTIC_LOAD_BALANCING"
        case .elasticLoadBalancingV2: "ELASTIC_LOAD_BALANCING_V2"
        case .sns: "SNS"
        case .sts: "STS"
        }
    }

    /// Source: botocore's `endpoint-rule-set-1.json` of each service. GovCloud's plain hosts are FIPS hosts, but for ECS.
    fileprivate func fipsHost(in region: String) -> String {
        region.hasPrefix("us-gov-") && self != .ecs ? signingName : "\(signingName)-fips"
    }
}
