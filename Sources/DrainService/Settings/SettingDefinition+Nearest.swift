extension SettingDefinition {
    /// The setting that somebody meant who wrote `name`, in lower case with dashes: `topics`, `drain-timout`. nil when
    /// none is near.
    static func nearest(to name: String) -> Self? {
        // A list has its name in two forms: --topic, DRAIND_TOPICS.
        let distances = all.map { definition in
            (definition, distance: min(distance(name, definition.name), distance(name, definition.name + "s")))
        }
        return distances.filter { $0.distance <= 1 + name.count / 5 }.min { $0.distance < $1.distance }?.0
    }
}

/// How many characters must be added, removed or replaced to make one of the other (Levenshtein).
private func distance(_ source: String, _ target: String) -> Int {
    let target = Array(target)
    var row = Array(0...target.count)
    for (line, character) in source.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for column in target.indices {
            let replaced = diagonal + (target[column] == character ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[target.count]
}
