import DrainModel
import SimulatedWorld

/// (2) An action is completed once, and by no record but one that is about it.
struct SingleCompletion {
    private var completed: Set<Int> = []

    mutating func violation(completing action: World.LifecycleAction, by record: LifecycleAction) -> String? {
        guard completed.insert(action.id.number).inserted else { return "\(action.token) is completed twice" }
        guard action.instanceID == record.instance.rawValue, action.hook == record.lifecycleHook.rawValue,
            record.token.map({ $0.rawValue == action.token }) ?? true
        else { return "\(action.token) of \(action.instanceID) is completed by a record of \(record.instance)" }
        return nil
    }
}
