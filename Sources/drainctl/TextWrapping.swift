extension String {
    /// Its words in lines of at most so many characters; a longer word gets a line of its own, cut.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word).cut(to: width))
            }
        }
        return lines
    }

    /// At most so many characters, with an ellipsis where something is missing.
    func cut(to width: Int) -> String { count <= width ? self : prefix(max(0, width - 1)) + "…" }
}
