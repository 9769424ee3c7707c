/// Consistent hashing: the same key goes to the same upstream, and when one is missing only its keys go elsewhere.
///
/// Each upstream has many points on a ring of numbers; a key belongs to the next point behind its own number. It is
/// Ketama's scheme (memcached, nginx `hash … consistent`), with other numbers.
struct HashRing: Sendable {
    /// For each unit of weight. Ketama and nginx have 160.
    private static let points = 160

    private let entries: [(point: UInt64, upstream: Int)]

    init(_ upstreams: [(weight: Int, identity: UInt64)]) {
        var entries: [(point: UInt64, upstream: Int)] = []
        for (index, upstream) in upstreams.enumerated() {
            for number in 0..<(Self.points * max(1, upstream.weight)) {
                entries.append((StableHash.mix(upstream.identity &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15), index))
            }
        }
        self.entries = entries.sorted { $0 < $1 }
    }

    /// The first upstream behind a key that fits.
    func first(for key: UInt64, where fits: (Int) -> Bool) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].point < key { low = middle + 1 } else { high = middle }
        }
        for offset in 0..<entries.count {
            let upstream = entries[(low + offset) % entries.count].upstream
            if fits(upstream) { return upstream }
        }
        return nil
    }
}

/// Numbers for texts that are the same in every process, unlike Swift's own.
package enum StableHash {
    /// FNV-1a, mixed so that all of its bits depend on all bytes.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        mix(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// The last steps of SplitMix64.
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
