/// "Did you mean": the name that differs least from what was written.
enum NearMatch {
    /// Longer texts are not compared, because the cost is the product of the lengths.
    private static let longest = 200

    /// The closest name, if no more than a third of it would have to change.
    static func closest(to text: String, among names: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for name in names where name.utf8.count <= longest && text.utf8.count <= longest {
            let distance = distance(Array(text.utf8), Array(name.utf8))
            guard distance <= max(1, name.utf8.count / 3), distance < (best?.distance ?? .max) else { continue }
            best = (name, distance)
        }
        return best?.name
    }

    /// How many insertions, deletions, substitutions and swaps of neighbours make one from the other (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
