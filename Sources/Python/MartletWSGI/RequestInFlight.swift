internal import CMartletWorker
internal import MartletBytes
internal import MartletGateway

/// A request that a lane has, for the status page.
struct RequestInFlight: Sendable {
    let id: String
    let line: String
    let age: Duration
    /// The place of the worker that has it; nil while it waits.
    let place: Int?
    let thread: Int?
    let isStreaming: Bool

    /// What the slots of a lane are in use for.
    static func all(in lane: Lane) -> [RequestInFlight] {
        lane.slots.compactMap { slot in
            guard let slot, slot.isInUse, !slot.isWithdrawn else { return nil }
            let ticks = Int64(lane.tick &- slot.publishedTick)
            return RequestInFlight(slot, age: .milliseconds(ticks * RequestWatch.tickMilliseconds))
        }
    }

    init(_ slot: Slot, age: Duration) {
        let claim = UInt32(truncatingIfNeeded: martlet_load64(&slot.shared.pointee.claim))
        let isTaken = claim & MARTLET_CLAIM_TAKEN != 0
        place = isTaken ? Int(claim & ~MARTLET_CLAIM_TAKEN) >> 16 : nil
        thread = isTaken ? Int(claim & 0xFFFF) : nil
        let shared = slot.shared.pointee
        id = RequestID(connection: shared.connection_number, sequence: shared.sequence).description
        line = slot.text(shared.method) + " " + SecretNames.defaults.redacted(slot.text(shared.target))
        isStreaming = slot.phase != 0
        self.age = age
    }
}

extension Slot {
    /// A part of the head area, cut to what a person reads.
    fileprivate func text(_ span: martlet_span) -> String {
        let start = min(Int(span.start), MARTLET_HEAD_CAPACITY)
        let end = min(max(start, Int(span.end)), MARTLET_HEAD_CAPACITY, start + 200)
        return String(decoding: UnsafeRawBufferPointer(start: headArea + start, count: end - start), as: UTF8.self)
    }
}
