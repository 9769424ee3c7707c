internal import CMartletWorker
internal import Glibc

/// Puts head and body into the slot's response ring, and waits for room with the GIL released.
struct ResponseWriter {
    private let region: Region
    private var slot: UnsafeMutablePointer<martlet_slot>
    private var ring: UnsafeMutablePointer<UInt8>
    private var written: UInt64 = 0
    /// The head is in the ring: from here on there is no other answer.
    private(set) var hasBegun = false
    private var announced = -1
    private var sent = 0

    init(region: Region) {
        self.region = region
        slot = region.slot(0)
        ring = region.responseRing(0)
    }

    mutating func begin(slot: UnsafeMutablePointer<martlet_slot>, ring: UnsafeMutablePointer<UInt8>) {
        self.slot = slot
        self.ring = ring
        written = 0
        hasBegun = false
        announced = -1
        sent = 0
    }

    /// The length of the body in bytes; -1 where it is not known.
    mutating func announce(_ length: Int) { announced = length }

    /// How many bytes are still to come; negative where that is not known.
    var remaining: Int { announced < 0 ? -1 : announced - sent }

    /// The client is gone.
    var isCancelled: Bool { martlet_load32(&slot.pointee.cancelled) != 0 }

    mutating func begin(with head: borrowing ResponseHead) {
        hasBegun = true
        slot.pointee.status = head.status
        slot.pointee.reason_length = UInt32(head.reasonLength)
        slot.pointee.block_length = UInt32(head.bytes.count - head.reasonLength)
        slot.pointee.response_length = Int64(announced)
        head.bytes.withUnsafeBufferPointer { bytes in
            guard let source = bytes.baseAddress else { return }
            memcpy(ring, source, bytes.count)
        }
        written = UInt64(head.bytes.count)
    }

    /// Copies a block into the ring; where it does not fit, the server is told to send what is there.
    ///
    /// - Returns: false once the client is gone.
    mutating func append(_ block: UnsafeBufferPointer<UInt8>, signal: () -> Void) -> Bool {
        let capacity = UInt64(MARTLET_RESPONSE_CAPACITY)
        var rest = block
        while rest.count > 0, let source = rest.baseAddress {
            let room = capacity - (written - martlet_load64(&slot.pointee.response_consumed))
            if room == 0 {
                publish(MARTLET_RESPONSE_STREAMING)
                signal()
                guard waitForRoom() else { return false }
                continue
            }
            let position = Int(written & (capacity - 1))
            let count = min(rest.count, Int(room), Int(capacity) - position)
            memcpy(ring + position, source, count)
            written += UInt64(count)
            sent += count
            rest = UnsafeBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }

    /// Reads a part of a file to where it stands behind this head. ``begin(with:)`` and ``skip(_:)`` must follow.
    ///
    /// - Returns: whether all of it was there and had room.
    func read(_ file: Int32, offset: Int, count: Int, behind head: borrowing ResponseHead) -> Bool {
        let start = head.bytes.count
        guard !hasBegun, count <= MARTLET_RESPONSE_CAPACITY - start else { return false }
        var done = max(0, Int(martlet_read_cached(file, ring + start, UInt(count), Int64(offset))))
        guard done < count else { return true }
        // Not in the page cache: others may run while the disk is read.
        let state = py_PyEval_SaveThread()
        defer { py_PyEval_RestoreThread(state) }
        while done < count {
            let result = pread(file, ring + start + done, count - done, off_t(offset + done))
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { return false }
            done += result
        }
        return true
    }

    /// Counts bytes of the body that stand in the ring already.
    mutating func skip(_ count: Int) {
        written += UInt64(count)
        sent += count
    }

    private func waitForRoom() -> Bool {
        let capacity = UInt64(MARTLET_RESPONSE_CAPACITY)
        let written = written
        let slot = slot
        return waitOnSlot(slot) { written - martlet_load64(&slot.pointee.response_consumed) < capacity }
    }

    func publish(_ phase: martlet_response_phase) {
        martlet_store64(&slot.pointee.response_written, written)
        martlet_store32(&slot.pointee.response_phase, UInt32(phase.rawValue))
    }
}

/// Sleeps with the GIL released until the server has changed something about the slot and `isReady` holds.
///
/// - Returns: false once the client is gone.
func waitOnSlot(_ slot: UnsafeMutablePointer<martlet_slot>, until isReady: () -> Bool) -> Bool {
    let state = py_PyEval_SaveThread()
    defer { py_PyEval_RestoreThread(state) }
    while true {
        let seen = martlet_load32(&slot.pointee.wake)
        martlet_store32(&slot.pointee.waiting, 1)
        defer { martlet_store32(&slot.pointee.waiting, 0) }
        if isReady() { return true }
        if martlet_load32(&slot.pointee.cancelled) != 0 { return false }
        _ = martlet_futex_wait(&slot.pointee.wake, seen, -1)
    }
}
