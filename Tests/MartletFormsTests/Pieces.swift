/// Ways to cut bytes, the same in every run.
enum Pieces {
    static func whole(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { [bytes] }

    static func single(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { bytes.indices.map { bytes[$0...$0] } }

    /// - Parameter largest: the longest piece.
    static func random(_ bytes: ArraySlice<UInt8>, largest: Int, _ random: inout Random) -> [ArraySlice<UInt8>] {
        var rest = bytes
        var pieces: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            // Empty pieces too.
            let count = Int.random(in: 0...largest, using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// All of them. Long bodies are not cut at single bytes more often than needed.
    static func all(_ bytes: ArraySlice<UInt8>, seed: UInt64) -> [[ArraySlice<UInt8>]] {
        var numbers = Random(seed: seed)
        let sizes = bytes.count > 10_000 ? [3, 5000] : [2, 3, 7, 30, 200]
        return [whole(bytes), single(bytes)] + sizes.map { random(bytes, largest: $0, &numbers) }
    }
}

/// SplitMix64.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
