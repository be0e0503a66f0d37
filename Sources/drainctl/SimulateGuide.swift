import SimulatedWorld

/// What to type in other terminals to use a simulated account, so that it works as it stands.
struct SimulateGuide {
    let origin: String
    let scenario: World.Scenario
    /// As this program was called, with draind's name in place of its own.
    let draind: String

    private var topic: String { "arn:aws:sns:\(scenario.account.region):\(scenario.account.id):drain-hooks" }
    private var group: String { scenario.autoScalingGroup }
    private var remaining: Int { max(0, scenario.instances - 2) }

    /// What a client needs to use it, whatever its own settings are.
    private var settings: String {
        "AWS_ENDPOINT_URL=\(origin) AWS_REGION=\(scenario.account.region) "
            + "AWS_DEFAULT_REGION=\(scenario.account.region) "
            + "AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any"
    }

    var text: String {
        """
        listening on \(origin)
        cluster \(scenario.cluster), Auto Scaling group \(group), \(scenario.instances) instances
        try: \(settings) aws ecs list-clusters

        # To see draind at work here: in a second terminal, a topic for its hooks, and draind
        export \(settings)
        aws sns create-topic --name drain-hooks --attributes SignatureVersion=2
        \(draind) --topic \(topic) \\
          --sns-certificate-origin \(origin) --store sqlite:$(mktemp -d)/draind.db

        # In a third, once draind listens: the subscription, the hook, and a scale-in by two
        export \(settings)
        aws sns subscribe --topic-arn \(topic) \\
          --protocol http --notification-endpoint http://127.0.0.1:8080/sns
        aws autoscaling put-lifecycle-hook --auto-scaling-group-name \(group) --lifecycle-hook-name draind \\
          --lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING --heartbeat-timeout 300 \\
          --default-result CONTINUE --notification-target-arn \(topic) \\
          --role-arn arn:aws:iam::\(scenario.account.id):role/hook
        aws autoscaling set-desired-capacity --auto-scaling-group-name \(group) --desired-capacity \(remaining)
        curl 'http://127.0.0.1:9464/v1/drains?state=all'

        """
    }
}
