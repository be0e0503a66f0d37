extension Duration {
    /// In seconds: `10.9`.
    var inTenths: String {
        let tenths = Int(self / .milliseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
