import Dispatch
import Glibc

/// Memory that was needed while many clients were here, and is not any more.
///
/// glibc keeps what is freed between pieces that are still in use: tens of megabytes after a thousand slow clients.
struct HighTide {
    /// Fewer bytes leave nothing that is worth the work.
    private static let least = 4_194_304

    private var peak = 0

    mutating func rise(to now: Int) { peak = max(peak, now) }

    /// - Parameter now: bytes that connections hold.
    /// - Returns: true once, when less than a quarter is left of what there was.
    mutating func hasEbbed(to now: Int) -> Bool {
        rise(to: now)
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
