/// Which requests are logged, where not all of them are.
///
/// By chance, not each tenth: a client that asks for two things in turn would have one of them logged and the other never.
package struct LogSample {
    /// Of 2 to the 32.
    private let share: UInt64
    private var state: UInt64

    /// - Parameter share: from 0 to 1.
    package init(_ share: Double, seed: UInt64 = .random(in: 1 ... .max)) {
        self.share = UInt64(max(0, min(1, share)) * 0x1_0000_0000)
        state = seed
    }

    package mutating func takesNext() -> Bool {
        guard share < 0x1_0000_0000 else { return true }
        // xorshift64* (Vigna 2014): chance is enough here, secrecy is not needed.
        state ^= state &>> 12
        state ^= state &<< 25
        state ^= state &>> 27
        return (state &* 0x2545_F491_4F6C_DD1D) &>> 32 < share
    }
}
