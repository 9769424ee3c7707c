internal import CMartletWorker

/// The bits by which workers say which slots of a lane have something for it.
struct CompletionBits {
    private let words: UnsafeMutablePointer<UInt64>

    init(_ lane: UnsafeMutablePointer<martlet_lane>) {
        words = UnsafeMutableRawPointer(lane).assumingMemoryBound(to: UInt64.self)
    }

    var isEmpty: Bool { (0..<MARTLET_LANE_WORDS).allSatisfy { martlet_load64(words + $0) == 0 } }

    /// Takes them all, by their positions.
    func take(_ body: (Int) -> Void) {
        for word in 0..<MARTLET_LANE_WORDS where martlet_load64(words + word) != 0 {
            var bits = martlet_swap64(words + word, 0)
            while bits != 0 {
                body(word * 64 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }
}
