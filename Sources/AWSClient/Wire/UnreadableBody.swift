/// A body that is not what AWS's model says, and in which way.
struct UnreadableBody: Error, Hashable {
    let why: String

    init(_ why: String) {
        self.why = why
    }
}
