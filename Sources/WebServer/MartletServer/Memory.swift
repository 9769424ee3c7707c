import Dispatch
import Glibc

/// Memory that was needed while many clients were here, and is not any more.
///
/// glibc keeps what is freed between pieces that are still in use: tens of megabytes after a thousand slow clients.
struct HighTide {
    /// Fewer clients than these leave nothing that is worth the work.
    private static let least = 256

    private var peak = 0

    /// - Returns: true once, when a quarter is left of what there was.
    mutating func hasEbbed(to now: Int) -> Bool {
        peak = max(peak, now)
        guard peak >= Self.least, now < peak / 4 else { return false }
        peak = now
        return true
    }
}

enum Memory {
    /// Gives free memory back to the system: on a thread of its own, since it takes milliseconds.
    static func giveBack() {
        DispatchQueue.global(qos: .background).async {
            // Not every C library has it.
            guard let symbol = dlsym(nil, "malloc_trim") else { return }
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
        }
    }
}
