internal import CMartletWorker
internal import Glibc

/// Reads the request's body out of the slot's ring, and waits for more with the GIL released.
///
/// Nothing is buffered here: a line is found in the ring itself, so that `read` and `readline` may be mixed at will.
struct RequestBodyReader {
    /// How a read ended.
    enum Outcome {
        case data
        case end
        /// The client went away, or what it sent was malformed.
        case broken
    }

    private let region: Region
    private var slot: UnsafeMutablePointer<martlet_slot>
    private var ring: UnsafeMutablePointer<UInt8>
    private var consumed: UInt64 = 0

    init(region: Region) {
        self.region = region
        slot = region.slot(0)
        ring = region.requestRing(0)
    }

    mutating func begin(slot: UnsafeMutablePointer<martlet_slot>, ring: UnsafeMutablePointer<UInt8>) {
        self.slot = slot
        self.ring = ring
        consumed = 0
    }

    /// How many bytes are still to come where the length is known, else nil.
    var remaining: Int? {
        let length = slot.pointee.content_length
        guard length >= 0 else { return nil }
        return max(0, Int(length) - Int(consumed))
    }

    /// Waits until there is something to read; then it is contiguous, from `peek`.
    mutating func wait(signal: () -> Void) -> Outcome {
        while true {
            let written = martlet_load64(&slot.pointee.body_written)
            if written > consumed { return .data }
            switch martlet_load32(&slot.pointee.body_state) {
            case UInt32(MARTLET_BODY_COMPLETE.rawValue):
                // The last bytes may have come between the two loads.
                if martlet_load64(&slot.pointee.body_written) > consumed { return .data }
                return .end
            case UInt32(MARTLET_BODY_GONE.rawValue): return .broken
            default: break
            }
            martlet_store32(&slot.pointee.body_wanted, 1)
            signal()
            let (slot, consumed) = (slot, consumed)
            let isThere = waitOnSlot(slot) {
                martlet_load64(&slot.pointee.body_written) > consumed
                    || martlet_load32(&slot.pointee.body_state) != UInt32(MARTLET_BODY_OPEN.rawValue)
            }
            if !isThere { return .broken }
        }
    }

    /// What can be read at once, up to `limit` bytes.
    func peek(_ limit: Int) -> UnsafeBufferPointer<UInt8> {
        let capacity = UInt64(MARTLET_REQUEST_CAPACITY)
        let there = Int(martlet_load64(&slot.pointee.body_written) - consumed)
        let position = Int(consumed & (capacity - 1))
        return UnsafeBufferPointer(start: ring + position, count: min(there, limit, Int(capacity) - position))
    }

    /// Gives the room of `count` bytes back to the server.
    mutating func consume(_ count: Int, signal: () -> Void) {
        consumed += UInt64(count)
        martlet_store64(&slot.pointee.body_consumed, consumed)
        // The server waits for room only when the ring is full; half of it is worth a wake-up.
        if martlet_load32(&slot.pointee.body_state) == UInt32(MARTLET_BODY_OPEN.rawValue),
            consumed == martlet_load64(&slot.pointee.body_written) || consumed & 0x7FFF < UInt64(count)
        {
            signal()
        }
    }
}
