import ArgumentParser

/// What happens to the account in a demo.
enum DemoScenario: String, ExpressibleByArgument, CaseIterable {
    case scaleIn = "scale-in"
    case amiUpgrade = "ami-upgrade"
    case stuck
    case replicas
}
