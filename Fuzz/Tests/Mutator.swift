/// Changes seeds by chance, with the same chance in every run.
struct Mutator {
    private let corpus: [[UInt8]]
    private var random = SplitMix(seed: 8)

    private static let odd: [UInt8] = [
        0, 0x0A, 0x0D, 0x20, 0x22, 0x25, 0x2C, 0x2E, 0x2F, 0x3A, 0x3B, 0x3D, 0x7F, 0x80, 0xFF,
    ]

    init(corpus: [[UInt8]]) { self.corpus = corpus }

    mutating func next() -> [UInt8] {
        // Large seeds are for limits, which chance does not reach.
        var bytes = pick().prefix(2000)[...]
        for _ in 0...random.next(below: 4) { bytes = mutate(bytes) }
        return Array(bytes)
    }

    private mutating func pick() -> [UInt8] { corpus.isEmpty ? [] : corpus[random.next(below: corpus.count)] }

    private mutating func mutate(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let place = bytes.startIndex + random.next(below: bytes.count)
        let (before, behind) = (bytes[..<place], bytes[place...])
        let length = min(behind.count, 1 + random.next(below: 12))
        switch random.next(below: 7) {
        case 0: return before + [UInt8(truncatingIfNeeded: random.next())] + behind.dropFirst()
        case 1: return before + [Self.odd[random.next(below: Self.odd.count)]] + behind.dropFirst()
        case 2: return before + [Self.odd[random.next(below: Self.odd.count)]] + behind
        case 3: return before + behind.dropFirst(length)
        case 4: return before + behind.prefix(length) + behind
        case 5: return before + pick().prefix(2000)
        default:
            var changed = bytes
            if let byte = behind.first { changed[place] = byte ^ 1 << UInt8(random.next(below: 8)) }
            return changed
        }
    }
}
