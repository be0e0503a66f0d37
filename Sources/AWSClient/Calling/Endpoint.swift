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
        let isConfigurable = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() != "true"
        let configured =
            environment.nonEmpty("AWS_ENDPOINT_URL_\(service.environmentName)")
            ?? environment.nonEmpty("AWS_ENDPOINT_URL")
        if isConfigurable, let configured {
            url = configured.hasSuffix("/") ? String(configured.dropLast()) : configured
            return
        }
        let wantsFIPS = environment["AWS_USE_FIPS_ENDPOINT"]?.lowercased() == "true"
        let host = wantsFIPS ? service.fipsHost(in: region) : service.signingName
        url = "https://\(host).\(region).\(Self.dnsSuffix(of: region))"
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
        case .ecs: "ecs"
        case .elasticLoadBalancingV2: "elasticloadbalancing"
        case .sns: "sns"
        case .sts: "sts"
        }
    }

    /// As in `AWS_ENDPOINT_URL_<SERVICE>`.
    fileprivate var environmentName: String {
        switch self {
        case .autoScaling: "AUTO_SCALING"
        case .ecs: "ECS"
        case .elasticLoadBalancingV2: "ELASTIC_LOAD_BALANCING_V2"
        case .sns: "SNS"
        case .sts: "STS"
        }
    }

    /// SNS has no FIPS host; GovCloud's plain hosts of STS and Elastic Load Balancing are FIPS hosts.
    fileprivate func fipsHost(in region: String) -> String {
        switch self {
        case .sns: signingName
        case .sts where region.hasPrefix("us-gov-"), .elasticLoadBalancingV2 where region.hasPrefix("us-gov-"):
            signingName
        default: "\(signingName)-fips"
        }
    }
}
