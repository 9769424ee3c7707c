internal import CMartletWorker

/// Reads the request's body out of the slot's ring. The caller holds the GIL and knows that the slot is the request's.
///
/// Nothing is buffered here: a line is found in the ring itself, so that `read` and `readline` may be mixed at will. It is a
/// class, and all that it does is short, because other threads of the application may come in whenever the GIL is released.
final class RequestBodyReader {
    /// What can be had without waiting.
    enum State {
        case data
        /// More may come.
        case nothing
        case end
        /// The rest will not come.
        case broken(Break)
    }

    /// Why a body ended before its end.
    enum Break {
        case clientLeft, clientTooSlow, malformed, tooLarge, unreadable

        /// A sentence without a subject's blame on the wrong one: it is what the exception says.
        var text: String {
            switch self {
            case .clientLeft: "the client went away before it had sent the whole body"
            case .clientTooSlow: "the client sent its body too slowly, and the server has ended the request"
            case .malformed:
                "the client broke the protocol in the middle of its body, and the server has ended the request"
            case .tooLarge: "the body is larger than the server's limit, and the server has ended the request"
            case .unreadable: "the server cannot read what it had stored of the body; its log says why"
            }
        }
    }

    private var slot: UnsafeMutablePointer<martlet_slot>
    private var ring: SharedRing
    private(set) var consumed: UInt64 = 0
    private var length: Int64 = 0

    init(region: Region) {
        slot = region.slot(0)
        ring = region.requestRing(0)
    }

    func begin(slot: UnsafeMutablePointer<martlet_slot>, ring: SharedRing) {
        self.slot = slot
        self.ring = ring
        consumed = 0
        length = slot.pointee.content_length
    }

    /// How many bytes are still to come where the length is known, else nil.
    var remaining: Int? {
        length < 0 ? nil : max(0, Int(length) &- Int(truncatingIfNeeded: consumed))
    }

    var state: State {
        if martlet_load64(&slot.pointee.body_written) > consumed { return .data }
        switch martlet_load32(&slot.pointee.body_state) {
        case UInt32(MARTLET_BODY_OPEN.rawValue): return .nothing
        case UInt32(MARTLET_BODY_COMPLETE.rawValue):
            // The last bytes may have come between the two loads.
            return martlet_load64(&slot.pointee.body_written) > consumed ? .data : .end
        case UInt32(MARTLET_BODY_SLOW.rawValue): return .broken(.clientTooSlow)
        case UInt32(MARTLET_BODY_MALFORMED.rawValue): return .broken(.malformed)
        case UInt32(MARTLET_BODY_LARGE.rawValue): return .broken(.tooLarge)
        case UInt32(MARTLET_BODY_UNREADABLE.rawValue): return .broken(.unreadable)
        default: return .broken(.clientLeft)
        }
    }

    /// Asks the server for more.
    func want() {
        martlet_store32(&slot.pointee.body_wanted, 1)
    }

    /// Whether there may be something else than before; called without the GIL.
    var change: () -> Bool {
        let (slot, consumed) = (slot, consumed)
        return {
            martlet_load64(&slot.pointee.body_written) > consumed
                || martlet_load32(&slot.pointee.body_state) != UInt32(MARTLET_BODY_OPEN.rawValue)
        }
    }

    /// What can be read at once, up to `limit` bytes, as far as it stands in one piece.
    func peek(_ limit: Int) -> UnsafeBufferPointer<UInt8> {
        let there = martlet_load64(&slot.pointee.body_written) &- consumed
        return ring.bytes(at: consumed, count: min(Int(truncatingIfNeeded: min(there, 1 << 30)), limit))
    }

    /// Gives the room of `count` bytes back to the server.
    func consume(_ count: Int, signal: () -> Void) {
        consumed &+= UInt64(count)
        martlet_store64(&slot.pointee.body_consumed, consumed)
        // The server waits for room only when the ring is full; half of it is worth a wake-up.
        if martlet_load32(&slot.pointee.body_state) == UInt32(MARTLET_BODY_OPEN.rawValue),
            consumed == martlet_load64(&slot.pointee.body_written) || consumed & 0x7FFF < UInt64(count)
        {
            signal()
        }
    }
}
