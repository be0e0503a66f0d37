import Testing

@testable import AWSClient

/// What botocore 1.43 makes of the same region and setting.
@Suite("The endpoint of a service")
struct EndpointTests {
    private func url(_ service: AWSService, _ region: String, fips: Bool = false) -> String {
        Endpoint(service, region: region, environment: fips ? ["AWS_USE_FIPS_ENDPOINT": "true"] : [:]).url
    }

    @Test(
        "is under its partition's DNS suffix",
        arguments: [
            ("us-east-1", "amazonaws.com"), ("eu-west-1", "amazonaws.com"), ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"), ("us-iso-east-1", "c2s.ic.gov"), ("us-isob-east-1", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "cloud.adc-e.uk"), ("us-isof-south-1", "csp.hci.ic.gov"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ])
    func partition(region: String, suffix: String) {
        #expect(AWSService.allCases.map { url($0, region) } == Self.names.map { "https://\($0).\(region).\(suffix)" })
    }

    @Test(
        "for FIPS 140 has a name of its own",
        arguments: [
            ("us-east-1", "amazonaws.com"), ("ca-west-1", "amazonaws.com"), ("eu-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"), ("us-iso-east-1", "c2s.ic.gov"), ("us-isob-east-1", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "cloud.adc-e.uk"), ("us-isof-south-1", "csp.hci.ic.gov"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ])
    func fips(region: String, suffix: String) {
        // SQS follows rules of its own in the isolated partitions.
        let services = AWSService.allCases.filter { $0 != .sqs }
        let names = Self.names.filter { $0 != "sqs" }
        #expect(services.map { url($0, region, fips: true) } == names.map { "https://\($0)-fips.\(region).\(suffix)" })
    }

    @Test(
        "for FIPS 140 is the plain one of SQS in most isolated partitions",
        arguments: [
            ("us-east-1", "sqs-fips.us-east-1.amazonaws.com"), ("cn-north-1", "sqs-fips.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "sqs-fips.eusc-de-east-1.amazonaws.eu"),
            ("eu-isoe-west-1", "sqs-fips.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-iso-east-1", "sqs.us-iso-east-1.c2s.ic.gov"), ("us-isob-east-1", "sqs.us-isob-east-1.sc2s.sgov.gov"),
            ("us-isof-south-1", "sqs.us-isof-south-1.csp.hci.ic.gov"),
        ])
    func queues(region: String, host: String) {
        #expect(url(.sqs, region, fips: true) == "https://\(host)")
    }

    @Test("for FIPS 140 is the plain one in GovCloud, but for ECS", arguments: ["us-gov-west-1", "us-gov-east-1"])
    func govCloud(region: String) {
        let urls = AWSService.allCases.map { url($0, region, fips: true) }
        #expect(
            urls
                == Self.names.map { $0 == "ecs" ? "ecs-fips" : $0 }.map { "https://\($0).\(region).amazonaws.com" })
    }

    /// Both APIs of Elastic Load Balancing are at one endpoint.
    private static let names = [
        "autoscaling", "dynamodb", "ec2", "ecs", "elasticloadbalancing", "elasticloadbalancing", "sns", "sqs", "sts",
    ]
}
