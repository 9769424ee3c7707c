/// "Did you mean …?": the known name that is nearest to an unknown one.
package enum NearMatch {
    /// Longer texts are not compared, since the cost is the product of the lengths.
    private static let longest = 200

    /// The name with the smallest edit distance to `word`, if that is small enough for a typing error: at most one edit
    /// per three characters, but at least one. Otherwise the nearest name that `word` abbreviates. Of equally near
    /// ones, the first in the alphabet.
    package static func closest(to word: String, among names: some Sequence<String>) -> String? {
        let wanted = Array(word.unicodeScalars)
        guard wanted.count <= longest else { return nil }
        let limit = max(1, wanted.count / 3)
        var best: (distance: Int, name: String)?
        for name in names {
            let known = Array(name.unicodeScalars)
            guard known.count <= longest else { continue }
            let distance = distance(wanted, known)
            guard distance <= limit || (wanted.count >= 3 && known.starts(with: wanted)) else { continue }
            if best.map({ (distance, name) < $0 }) ?? true { best = (distance, name) }
        }
        return best?.name
    }

    /// How many characters must be inserted, removed, replaced or swapped with their neighbour to turn one text into
    /// the other (the optimal string alignment distance).
    package static func distance(_ first: String, _ second: String) -> Int {
        distance(Array(first.unicodeScalars), Array(second.unicodeScalars))
    }

    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
