/// Rows under bold titles, every column as wide as its widest cell: the first to the left, the others to the right.
struct TextTable {
    let titles: [String]
    var rows: [[String]] = []

    func text(_ style: TextStyle) -> String {
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        let lines = ([titles] + rows).map { cells in
            zip(cells, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "   ")
        }
        return ([style.bold(lines[0])] + lines.dropFirst()).joined(separator: "\n")
    }
}
