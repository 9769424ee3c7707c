internal import CMartletWorker

/// What goes to the server beside the shared memory: files, sockets and early hints. See the rules in martlet_handover.h.
struct Handover {
    let slot: HeldSlot

    /// Hands something over. Never waits.
    ///
    /// - Returns: 0, or the errno.
    func send(_ kind: martlet_handover_kind, text: ArraySlice<UInt8> = [], offset: Int = 0, descriptor: Int32 = -1)
        -> Int32
    {
        var message = martlet_handover(
            slot: slot.index,
            generation: slot.use,
            kind: UInt32(kind.rawValue),
            length: UInt32(truncatingIfNeeded: text.count),
            offset: Int64(offset)
        )
        let lane = Int(slot.index) / MARTLET_LANE_SLOTS
        let error = text.withUnsafeBytes {
            martlet_handover_send(slot.worker.handoverSockets[lane], &message, $0.baseAddress, descriptor)
        }
        if error == 0 { announce() }
        return error
    }

    /// Has the server receive what there is.
    func announce() {
        let shared = slot.shared
        martlet_store32(&shared.pointee.handovers, shared.pointee.handovers &+ 1)
    }
}
