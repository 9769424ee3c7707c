/// A configuration file that is being made: tables of keys, each with where it comes from.
struct SiteSketch {
    /// One value, and the words that say where it comes from.
    struct Item: Equatable {
        let value: SketchValue
        let origin: String
    }

    private struct Line {
        let key: String
        var items: [Item]
        let isList: Bool
    }

    private struct Table {
        let path: [String]
        var lines: [Line] = []
    }

    private var tables = [Table(path: [])]

    /// Sets a key; what it was before is gone.
    mutating func set(_ key: String, _ value: SketchValue, in path: [String] = [], from origin: String) {
        put(Line(key: key, items: [Item(value: value, origin: origin)], isList: false), in: path)
    }

    /// Adds a value to a key that may have several.
    mutating func add(_ key: String, _ text: String, in path: [String] = [], from origin: String) {
        let item = Item(value: .text(text), origin: origin)
        let table = index(of: path)
        guard let line = tables[table].lines.firstIndex(where: { $0.key == key && $0.isList }) else {
            return put(Line(key: key, items: [item], isList: true), in: path)
        }
        if !tables[table].lines[line].items.contains(where: { $0.value == item.value }) {
            tables[table].lines[line].items.append(item)
        }
    }

    func has(_ key: String, in path: [String] = []) -> Bool {
        tables.first { $0.path == path }?.lines.contains { $0.key == key } ?? false
    }

    func has(_ path: [String]) -> Bool { tables.contains { $0.path == path && !$0.lines.isEmpty } }

    private mutating func put(_ line: Line, in path: [String]) {
        let table = index(of: path)
        if let former = tables[table].lines.firstIndex(where: { $0.key == line.key }) {
            tables[table].lines[former] = line
        } else {
            tables[table].lines.append(line)
        }
    }

    private mutating func index(of path: [String]) -> Int {
        if let index = tables.firstIndex(where: { $0.path == path }) { return index }
        tables.append(Table(path: path))
        return tables.count - 1
    }
}

// MARK: - As text

extension SiteSketch {
    /// - Parameter head: comment lines at the top, without their mark.
    func render(head: [String]) -> String {
        var lines = head.map { $0.isEmpty ? "#" : "# \($0)" }
        for table in tables where !table.lines.isEmpty {
            lines.append("")
            if !table.path.isEmpty { lines.append("[\(table.path.map(SketchValue.key).joined(separator: "."))]") }
            lines += Self.aligned(table.lines.flatMap(Self.written))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func written(_ line: Line) -> [(text: String, origin: String?)] {
        let key = SketchValue.key(line.key)
        if let only = line.items.first, line.items.count == 1 {
            return [("\(key) = \(only.value.written)", only.origin)]
        }
        return [("\(key) = [", nil)] + line.items.map { ("    \($0.value.written),", $0.origin) } + [("]", nil)]
    }

    /// Longer lines have their comment right behind them.
    private static let widest = 60

    private static func aligned(_ lines: [(text: String, origin: String?)]) -> [String] {
        let width = lines.filter { $0.origin != nil }.map(\.text.count).filter { $0 <= widest }.max() ?? 0
        return lines.map { text, origin in
            guard let origin else { return text }
            return text + String(repeating: " ", count: max(0, width - text.count)) + "  # " + Self.comment(origin)
        }
    }

    /// What follows a mark of a comment may have no line end and no other control character in it.
    private static func comment(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
