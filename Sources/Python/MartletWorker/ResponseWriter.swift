internal import CMartletWorker
internal import Glibc

/// Puts head and body into the slot's response ring. The caller holds the GIL and knows that the slot is the request's.
///
/// It never waits, and it is a class, because other threads of the application may come in whenever the GIL is released.
final class ResponseWriter {
    private var slot: UnsafeMutablePointer<martlet_slot>
    private var ring: SharedRing
    private var written: UInt64 = 0
    /// The head is in the ring: from here on there is no other answer.
    private(set) var hasBegun = false
    private var announced = -1
    private var sent = 0
    /// The body is all of a file.
    var isFile = false

    init(region: Region) {
        slot = region.slot(0)
        ring = region.responseRing(0)
    }

    func begin(slot: UnsafeMutablePointer<martlet_slot>, ring: SharedRing) {
        self.slot = slot
        self.ring = ring
        written = 0
        hasBegun = false
        announced = -1
        sent = 0
        isFile = false
    }

    /// The length of the body in bytes; -1 where it is not known.
    func announce(_ length: Int) { announced = length }

    /// How many bytes are still to come; negative where that is not known.
    var remaining: Int { announced < 0 ? -1 : announced - sent }

    /// The client is gone.
    var isCancelled: Bool { martlet_load32(&slot.pointee.cancelled) != 0 }

    /// Puts the head where it belongs.
    ///
    /// - Returns: false where it has no room, which ``ResponseHead/limit`` rules out.
    func begin(with head: borrowing ResponseHead) -> Bool {
        guard !hasBegun, head.bytes.count <= ring.capacity, head.reasonLength <= head.bytes.count else { return false }
        let count = head.bytes.withUnsafeBufferPointer { ring.write($0, at: 0, room: ring.capacity) }
        guard count == head.bytes.count else { return false }
        hasBegun = true
        slot.pointee.status = isFile ? head.status | MARTLET_STATUS_FILE : head.status
        slot.pointee.reason_length = UInt32(head.reasonLength)
        slot.pointee.block_length = UInt32(head.bytes.count - head.reasonLength)
        slot.pointee.response_length = Int64(announced)
        written = UInt64(count)
        return true
    }

    /// Copies as much of a block as there is room for, and no more than was announced.
    ///
    /// - Returns: how many bytes.
    func put(_ block: UnsafeBufferPointer<UInt8>) -> Int {
        var rest = announced < 0 ? block : UnsafeBufferPointer(rebasing: block.prefix(max(0, announced - sent)))
        var total = 0
        while rest.count > 0 {
            let held = min(written &- martlet_load64(&slot.pointee.response_consumed), UInt64(ring.capacity))
            let count = ring.write(rest, at: written, room: ring.capacity - Int(held))
            guard count > 0 else { break }
            written &+= UInt64(count)
            sent &+= count
            total &+= count
            rest = UnsafeBufferPointer(rebasing: rest.dropFirst(count))
        }
        return total
    }

    /// Whether there is room again; called without the GIL.
    var hasRoom: () -> Bool {
        let (slot, written, capacity) = (slot, written, Int64(ring.capacity))
        // Negative where another thread has written on, and the server has taken more than there was.
        return { Int64(bitPattern: written &- martlet_load64(&slot.pointee.response_consumed)) < capacity }
    }

    func publish(_ phase: martlet_response_phase) {
        martlet_store64(&slot.pointee.response_written, written)
        martlet_store32(&slot.pointee.response_phase, UInt32(phase.rawValue))
    }
}

// MARK: - Files

extension ResponseWriter {
    /// Whether a body of `count` bytes fits behind this head.
    func hasRoom(for count: Int, behind head: borrowing ResponseHead) -> Bool {
        count <= ring.capacity - head.bytes.count
    }

    /// Reads a part of a file to where it stands behind this head, as far as the page cache has it. ``begin(with:)`` and
    /// ``skip(_:)`` must follow.
    ///
    /// - Returns: how many bytes were there.
    func readCached(_ file: Int32, offset: Int, count: Int, behind head: borrowing ResponseHead) -> Int {
        let start = head.bytes.count
        guard !hasBegun, count > 0, count <= ring.capacity - start else { return 0 }
        return max(0, Int(martlet_read_cached(file, ring.base + start, UInt(count), Int64(offset))))
    }

    /// Counts bytes of the body that stand in the ring already.
    func skip(_ count: Int) {
        written &+= UInt64(count)
        sent &+= count
    }
}
