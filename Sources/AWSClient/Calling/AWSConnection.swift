public import HTTPTransport

extension SigningCaller {
    /// A client as AWS's own tools would be configured by this environment.
    ///
    /// - Parameters:
    ///   - region: wins over `AWS_REGION`, `AWS_DEFAULT_REGION` and the profile's.
    ///   - profile: wins over `AWS_PROFILE`.
    /// - Throws: ``ConfigurationError`` when no region is known, the profile does not exist, or a region, a URL or a
    ///   number is none.
    public static func fromEnvironment(
        _ environment: [String: String], region: String? = nil, profile: String? = nil, http: any HTTPClient,
        surroundings: Surroundings = Surroundings()
    ) throws(ConfigurationError) -> SigningCaller {
        let shared = SharedProfile(environment: environment, profile: profile)
        if let chosen = profile ?? environment.nonEmpty("AWS_PROFILE"), !shared.exists {
            throw ConfigurationError(
                "AWS_PROFILE: there is no profile \(chosen) in AWS's config and credentials files: set it to one that "
                    + "there is, or leave it out")
        }
        let known = region ?? environment.nonEmpty("AWS_REGION") ?? environment.nonEmpty("AWS_DEFAULT_REGION")
        guard let region = known ?? shared.region else {
            throw ConfigurationError("no AWS region: set AWS_REGION")
        }
        guard region.wholeMatch(of: /[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}/) != nil else {
            throw ConfigurationError("AWS_REGION is no region: \(region.debugDescription): set one such as eu-west-1")
        }
        for name in Set(AWSService.allCases.flatMap { Endpoint.settings(for: $0, in: environment) }).sorted() {
            let url = environment[name] ?? ""
            guard ["http://", "https://"].contains(where: { url.lowercased().hasPrefix($0) && url.count > $0.count })
            else { throw ConfigurationError("\(name) is no http:// or https:// URL: \(url.debugDescription)") }
        }
        var retries = RetryPolicy()
        if let text = environment.nonEmpty("AWS_MAX_ATTEMPTS") {
            guard let attempts = Int(text), attempts > 0 else {
                throw ConfigurationError("AWS_MAX_ATTEMPTS is no positive number: \(text.debugDescription)")
            }
            retries.maximumAttempts = attempts
        }
        // A profile that was asked for by name wins over keys in the environment, as in AWS's tools.
        let environmentCredentials = EnvironmentCredentials(environment: environment)
        let first: [any CredentialProvider] =
            profile != nil
            ? [shared]
            : [
                environmentCredentials,
                WebIdentityCredentials(
                    environment: environment, endpoint: Endpoint(.sts, region: region, environment: environment),
                    http: http),
                shared,
            ]
        let provider = CredentialChain(
            first + [
                ContainerCredentials(environment: environment, http: http),
                InstanceMetadataCredentials(environment: environment, http: http),
            ])
        return SigningCaller(
            region: region, environment: environment, provider: provider, http: http, retries: retries,
            surroundings: surroundings)
    }

    /// What is wrong with the environment, in one line.
    public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }
}
