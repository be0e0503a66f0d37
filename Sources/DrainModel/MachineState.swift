/// What EC2 says of the machine of a container instance.
///
/// ECS learns of a task's end from the agent alone: it shows the tasks of a machine that was stopped by hand as RUNNING
/// for as long as its container instance stays registered.
public enum MachineState: Hashable, Sendable {
    /// AWS's word: `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`.
    case named(String)
    /// EC2 answered, and does not know it: it forgets a machine about an hour after its end.
    /// Source: Amazon EC2 user guide, "Terminate Amazon EC2 instances".
    case forgotten

    /// Whether nothing runs there: one that is `stopping` or `shutting-down` may yet do so for some seconds.
    public var hasEnded: Bool {
        switch self {
        case .named("stopped"), .named("terminated"), .forgotten: true
        case .named: false
        }
    }
}
