internal import CMartletWorker
internal import Glibc

/// How a read of the request's body waits for it: for the client, for the file that the server hands over, or for the disk.
final class BodyInput {
    private let slot: HeldSlot
    private let body: RequestBodyReader
    private let handover: Handover
    /// Why the last read failed, if one did.
    var lastBreak: RequestBodyReader.Break?

    init(_ body: RequestBodyReader, slot: HeldSlot, handover: Handover) {
        self.body = body
        self.slot = slot
        self.handover = handover
    }

    /// The thread begins with another request.
    func begin() {
        lastBreak = nil
        body.begin(slot: slot.shared, ring: slot.worker.region.requestRing(slot.index))
    }

    /// How a read of the body goes on.
    enum Outcome {
        case data
        case end
        case broken(RequestBodyReader.Break)
        /// The body is in a file that cannot be had, or read.
        case unreadable(errno: Int32)
        /// A handler of a signal has raised an exception.
        case failed
        /// The request is over, or its answer is complete.
        case over
    }

    /// Waits until there is something to read. What it finds holds until the GIL is released.
    ///
    /// - Parameter untilFileIsHere: that is enough, where the body is in one.
    func wait(untilFileIsHere: Bool = false) -> Outcome {
        let epoch = slot.epoch
        while slot.isOpen(since: epoch) {
            switch body.state {
            case .data: return .data
            case .end: return .end
            case .broken(let reason): return .broken(reason)
            case .lost(let number): return .unreadable(errno: number)
            case .elsewhere:
                if let outcome = askForFile() { return outcome }
            case .asked:
                // Also for a client that is gone: the body is here, and the server answers in any case.
                let outcome = slot.wait(until: body.change, evenIfCancelled: true)
                if slot.isOpen(since: epoch) { body.receive() }
                if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            case .unread where untilFileIsHere: return .data
            case .unread(let file):
                if let outcome = fill(file) { return outcome }
            case .nothing:
                if slot.output.isCancelled { return .broken(.clientLeft) }
                body.want()
                slot.flushAnswers()
                slot.signal()
                let outcome = slot.wait(until: body.change)
                if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            }
        }
        // All of it had been read before the answer was complete.
        return epoch == slot.epoch && body.remaining == 0 ? .end : .over
    }

    func consume(_ count: Int) {
        body.consume(count) { slot.signal() }
    }

    // MARK: - A body in a file

    /// How long the handover socket may be full, in looks of a millisecond: the event loop empties it when it hears of a message.
    private static let socketPatience = 5_000

    /// Asks the server for the file with the body. See rule 5 in martlet_handover.h.
    ///
    /// - Returns: why that is not possible; nil to look again.
    private func askForFile() -> Outcome? {
        let epoch = slot.epoch
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return .unreadable(errno: errno)
        }
        let request = FileRequest(socket: ends[0])
        defer { close(ends[1]) }
        var error = handover.send(MARTLET_HANDOVER_BODY, descriptor: ends[1])
        body.want()
        for _ in 0..<Self.socketPatience where error == EAGAIN {
            handover.announce()
            slot.signal()
            let state = py_PyEval_SaveThread()
            usleep(1_000)
            py_PyEval_RestoreThread(state)
            guard slot.isOpen(since: epoch) else { return .over }
            guard body.isElsewhere else { return nil }
            error = handover.send(MARTLET_HANDOVER_BODY, descriptor: ends[1])
        }
        guard error == 0 else { return .unreadable(errno: error) }
        body.ask(with: request)
        slot.flushAnswers()
        slot.signal()
        return nil
    }

    /// Has a part of the file in memory.
    ///
    /// - Returns: why that is not possible; nil to look again.
    private func fill(_ file: StoredBody) -> Outcome? {
        let position = body.position
        if file.fill(at: position) { return nil }
        let epoch = slot.epoch
        let count = min(StoredBody.windowBytes, body.remaining ?? 0)
        let state = py_PyEval_SaveThread()
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            if let base = buffer.baseAddress { done = file.read(count, at: position, into: base) }
        }
        py_PyEval_RestoreThread(state)
        guard slot.isOpen(since: epoch) else { return .over }
        guard !bytes.isEmpty else { return .unreadable(errno: EIO) }
        file.fill(at: position, with: bytes)
        return nil
    }
}
