internal import CMartletWorker
internal import Glibc

/// How a read of the request's body waits for it: for the client, for the file that the server hands over, or for the disk.
struct BodyWait {
    private let exchange: Exchange
    private let generation: UInt64

    init(_ exchange: Exchange) {
        self.exchange = exchange
        generation = exchange.generation
    }

    /// Whether the slot still belongs to the request. To be asked anew whenever the GIL was released.
    private var isCurrent: Bool { exchange.isOpen && generation == exchange.generation }

    /// How a read goes on.
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
    func data(untilFileIsHere: Bool = false) -> Outcome {
        while isCurrent {
            switch exchange.body.state {
            case .data: return .data
            case .end: return .end
            case .broken(let reason): return .broken(reason)
            case .lost(let number): return .unreadable(errno: number)
            case .elsewhere:
                if let outcome = askForFile() { return outcome }
            case .asked:
                // Also for a client that is gone: the body is here, and the server answers in any case.
                let outcome = exchange.waiters.wait(
                    on: exchange.slot,
                    until: exchange.body.change,
                    evenIfCancelled: true
                )
                if isCurrent { exchange.body.receive() }
                if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            case .unread where untilFileIsHere: return .data
            case .unread(let file):
                if let outcome = fill(file) { return outcome }
            case .nothing:
                if exchange.output.isCancelled { return .broken(.clientLeft) }
                exchange.body.want()
                exchange.answers.flush()
                exchange.worker.signal(slot: exchange.slotIndex)
                let outcome = exchange.waiters.wait(on: exchange.slot, until: exchange.body.change)
                if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            }
        }
        // All of it had been read before the answer was complete.
        return generation == exchange.generation && exchange.body.remaining == 0 ? .end : .over
    }
}

// MARK: - A body in a file

extension BodyWait {
    /// How long the passage may be full, in looks of a millisecond: the event loop empties it when it hears of a message.
    private static let passagePatience = 5_000

    /// Asks the server for the file with the body. See rule 5 in martlet_passage.h.
    ///
    /// - Returns: why that is not possible; nil to look again.
    private func askForFile() -> Outcome? {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return .unreadable(errno: errno)
        }
        let request = FileRequest(socket: ends[0])
        defer { close(ends[1]) }
        var error = exchange.pass(MARTLET_PASSED_BODY, descriptor: ends[1])
        exchange.body.want()
        for _ in 0..<Self.passagePatience where error == EAGAIN {
            exchange.announcePassed()
            exchange.worker.signal(slot: exchange.slotIndex)
            let state = py_PyEval_SaveThread()
            usleep(1_000)
            py_PyEval_RestoreThread(state)
            guard isCurrent else { return .over }
            guard exchange.body.isElsewhere else { return nil }
            error = exchange.pass(MARTLET_PASSED_BODY, descriptor: ends[1])
        }
        guard error == 0 else { return .unreadable(errno: error) }
        exchange.body.ask(with: request)
        exchange.answers.flush()
        exchange.worker.signal(slot: exchange.slotIndex)
        return nil
    }

    /// Has a part of the file in memory.
    ///
    /// - Returns: why that is not possible; nil to look again.
    private func fill(_ file: StoredBody) -> Outcome? {
        let position = exchange.body.position
        if file.fill(at: position) { return nil }
        let count = min(StoredBody.windowBytes, exchange.body.remaining ?? 0)
        let state = py_PyEval_SaveThread()
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            if let base = buffer.baseAddress { done = file.read(count, at: position, into: base) }
        }
        py_PyEval_RestoreThread(state)
        guard isCurrent else { return .over }
        guard !bytes.isEmpty else { return .unreadable(errno: EIO) }
        file.fill(at: position, with: bytes)
        return nil
    }
}
