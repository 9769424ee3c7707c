/// Where bytes are cut into what arrives at a time. The same bytes are always cut alike, so that what was found is found again.
enum Cuts {
    static func all(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var random = SplitMix(seed: bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let most = max(1, min(rest.count, random.next(below: 4) == 0 ? 200 : 8))
            let count = 1 + random.next(below: most)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        // One byte at a time is dear where a head is read again for each of them.
        return bytes.count <= 512 ? [pieces, bytes.indices.map { bytes[$0...$0] }] : [pieces]
    }
}

/// SplitMix64: numbers that are the same everywhere.
package struct SplitMix: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    package mutating func next(below count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
}
