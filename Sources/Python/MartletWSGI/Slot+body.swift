internal import CMartletWorker
internal import Glibc
internal import HTTPTypes
internal import Logging
internal import MartletBuffering
internal import MartletGateway
internal import NIOCore

/// From a request's body to the worker: the file that it is in, or what comes of it, by the slot's ring.
extension Slot {
    /// Called at each sign of the worker, whatever the answer is waiting for.
    func feedIfWanted() {
        guard unfed != nil, isInUse, martlet_load32(&shared.pointee.body_wanted) != 0 else { return }
        if case .file = unfed { lane.receivePassed(for: self) } else { startFeeding() }
    }

    /// The worker asks for the file with the body.
    ///
    /// - Parameter socket: where to; nil where it could not be received.
    func handBody(on socket: OwnedDescriptor?) {
        // Asked for twice, or without a reason: the socket is closed, and that is all.
        guard case .file(let file) = unfed, !isFinished else { return }
        unfed = nil
        let error = socket.map { file.send(on: $0, slot: index, generation: generation) } ?? EMFILE
        if error != 0 { lane.logger.error("\(BodyNotHandedOver(number: error))") }
        endBody(error == 0 ? MARTLET_BODY_HANDED : MARTLET_BODY_UNREADABLE)
    }

    /// The answer waits for its client, who may be one that reads only when it has sent everything. From now on its body is
    /// taken in, to a file, whether the application asks for it or not: else both sides would wait for the other.
    func takeInAhead() {
        guard isInUse, isBodyOpen, !takesInAhead else { return }
        takesInAhead = true
        startFeeding()
        signRoom()
    }

    private func startFeeding() {
        guard let body = unfed else { return }
        unfed = nil
        pump = Task.immediate(executorPreference: lane.executor) { await feed(body) }
    }

    private func feed(_ body: TakenBody) async {
        let use = generation
        do {
            if case .stream(let stream, _) = body { try await feed(from: stream, use) }
            if isCurrent(use) { endBody(MARTLET_BODY_COMPLETE) }
        } catch {
            guard isCurrent(use) else { return }
            // What the application makes of a body that broke off does not matter where the server has an answer of its own.
            if phase == 0 { bodyError = error }
            if error is SpoolError { lane.logger.error("\(error)") }
            endBody(Self.state(after: error))
            sign()
        }
    }

    private func feed(from stream: RequestBody, _ use: UInt32) async throws {
        for try await chunk in stream {
            guard let rest = await put(chunk, use, unlessAhead: true) else { return }
            if rest.readableBytes > 0 { return try await feedByFile(rest, stream, use) }
        }
    }

    /// Takes what is left of a stream into a file while the application reads from there.
    private func feedByFile(_ first: ByteBuffer, _ stream: RequestBody, _ use: UInt32) async throws {
        guard case .open(let file) = try await SpoolFile.store(first, in: nil).get() else { return }
        let taking = Taking()
        // It ends with the stream, which ends with the exchange at the latest.
        let task = Task.immediate(executorPreference: lane.executor) {
            do {
                for try await chunk in stream {
                    _ = try await SpoolFile.store(chunk, in: file).get()
                    if isCurrent(use) { signRoom() }
                }
                taking.ending = .success(())
            } catch {
                taking.ending = .failure(error)
            }
            if isCurrent(use) { signRoom() }
        }
        defer { task.cancel() }
        var offset = 0
        while isCurrent(use) {
            if offset < file.length {
                let bytes = try await file.readOnPool(at: offset, count: Self.piece)
                offset += bytes.readableBytes
                await put(bytes, use)
            } else if let ending = taking.ending {
                return try ending.get()
            } else {
                await nextRoom()
            }
        }
    }

    /// How the taking of a stream has ended, once it has. Used on the slot's loop.
    private final class Taking: @unchecked Sendable {
        var ending: Result<Void, any Error>?
    }

    /// What is read from a file at once.
    private static let piece = 65_536

    private func isCurrent(_ use: UInt32) -> Bool { isInUse && generation == use && !isFinished }

    /// Puts bytes into the ring as the application makes room.
    ///
    /// - Parameter unlessAhead: do not wait for room once the body is taken in ahead.
    /// - Returns: what had no room then; nil where the request is over.
    @discardableResult
    private func put(_ bytes: ByteBuffer, _ use: UInt32, unlessAhead: Bool = false) async -> ByteBuffer? {
        var rest = bytes
        let capacity = UInt64(MARTLET_REQUEST_CAPACITY)
        while rest.readableBytes > 0 {
            guard isCurrent(use) else { return nil }
            let consumed = martlet_load64(&shared.pointee.body_consumed)
            guard consumed <= bodyWritten else {
                hasBrokenRules = true
                sign()
                return nil
            }
            guard bodyWritten - consumed < capacity else {
                if unlessAhead && takesInAhead { return rest }
                await nextRoom()
                continue
            }
            let room = Int(capacity - (bodyWritten - consumed))
            let position = Int(bodyWritten & (capacity - 1))
            let count = min(rest.readableBytes, room, Int(capacity) - position)
            rest.readWithUnsafeReadableBytes { bytes in
                if let base = bytes.baseAddress { (requestRing + position).copyMemory(from: base, byteCount: count) }
                return count
            }
            bodyWritten += UInt64(count)
            martlet_store64(&shared.pointee.body_written, bodyWritten)
            wakeWorker()
        }
        return rest
    }

    private func endBody(_ state: martlet_body_state) {
        isBodyOpen = false
        martlet_store32(&shared.pointee.body_state, UInt32(state.rawValue))
        wakeWorker()
    }

    /// What the application is told of a body that ended early.
    private static func state(after error: any Error) -> martlet_body_state {
        switch error {
        case is SpoolError: return MARTLET_BODY_UNREADABLE
        case is IncompleteBody: return MARTLET_BODY_GONE
        case let error as any ResponseError:
            switch error.response.status.code {
            case 408: return MARTLET_BODY_SLOW
            case 413: return MARTLET_BODY_LARGE
            default: return MARTLET_BODY_MALFORMED
            }
        default: return MARTLET_BODY_GONE
        }
    }
}
