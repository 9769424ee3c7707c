internal import CMartletWorker
internal import Glibc

/// A slot's ring of bytes in the shared memory. The ring of the next slot begins where it ends: every copy into it is made,
/// and bounded, here.
struct SharedRing {
    let base: UnsafeMutablePointer<UInt8>
    /// A power of two.
    let capacity: Int

    /// Copies what can be copied in one piece.
    ///
    /// - Parameters:
    ///   - position: how many bytes were written before, over all rounds.
    ///   - room: how many may be written from there.
    /// - Returns: how many bytes of `bytes` were copied.
    func write(_ bytes: UnsafeBufferPointer<UInt8>, at position: UInt64, room: Int) -> Int {
        let start = Int(position & UInt64(capacity - 1))
        let count = min(bytes.count, room, capacity - start)
        guard count > 0, let source = bytes.baseAddress else { return 0 }
        memcpy(base + start, source, count)
        return count
    }

    /// Up to `count` bytes from `position` on, as far as they stand in one piece.
    func bytes(at position: UInt64, count: Int) -> UnsafeBufferPointer<UInt8> {
        let start = Int(position & UInt64(capacity - 1))
        return UnsafeBufferPointer(start: base + start, count: max(0, min(count, capacity - start)))
    }
}
