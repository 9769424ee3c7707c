import Dispatch
import Glibc

/// Notices when a peak in memory use is over.
///
/// glibc keeps freed memory that lies between blocks in use: tens of megabytes after a thousand slow clients.
struct HighTide {
    /// Smaller peaks are not worth the work.
    private static let least = 4_194_304

    private var peak = 0

    mutating func rise(to now: Int) { peak = max(peak, now) }

    /// - Parameter now: bytes that connections hold.
    /// - Returns: true, once, when less than a quarter of the peak is left.
    mutating func hasEbbed(to now: Int) -> Bool {
        rise(to: now)
        guard peak >= Self.least, now < peak / 4 else { return false }
        peak = now
        return true
    }
}

enum Memory {
    /// Returns free memory to the system, on another thread since it takes milliseconds.
    static func giveBack() {
        DispatchQueue.global(qos: .background).async {
            // Not every C library has this function.
            guard let symbol = dlsym(nil, "malloc_trim") else { return }
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)(0)
        }
    }
}
