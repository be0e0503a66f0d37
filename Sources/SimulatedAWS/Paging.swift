import SimulatedWorld

/// One page of a list. Tokens are opaque to callers; here they say where the next page begins.
struct Page<Element> {
    let elements: [Element]
    let nextToken: String?

    /// - Parameters:
    ///   - size: what the caller asked for; nil for the service's default.
    ///   - limit: the service's most, and default.
    ///   - cap: makes all pages small, so that tests see several.
    init(
        of all: [Element], size: Int?, token: String?, limit: Int, cap: Int?, refusal: World.Failure
    ) throws(World.Failure) {
        var start = 0
        if let token {
            guard let offset = Int(token.dropFirst("page-".count)), token.hasPrefix("page-"),
                (0...all.count).contains(offset)
            else { throw refusal }
            start = offset
        }
        let count = max(1, min(size ?? limit, limit, cap ?? limit))
        let end = min(all.count, start + count)
        elements = Array(all[start..<end])
        nextToken = end < all.count ? "page-\(end)" : nil
    }
}
