internal import CMartletWorker
internal import HTTPTypes
internal import MartletBuffering
internal import MartletGateway
internal import NIOCore

/// Puts a body that is still on its way (`--request-buffering off`) into the ring of its request's slot, as the application makes
/// room. Used on the slot's event loop only.
struct BodyPump: Sendable {
    private let slot: Slot
    private let use: UInt32

    init(_ slot: Slot) {
        self.slot = slot
        use = slot.generation
    }

    func feed(_ stream: RequestBody) async {
        do {
            try await putAll(of: stream)
            if isCurrent { slot.endBody(MARTLET_BODY_COMPLETE) }
        } catch {
            guard isCurrent else { return }
            // What the application makes of a body that broke off does not matter where the server has an answer of its own.
            if slot.phase == 0 { slot.bodyError = error }
            if let error = error as? SpoolError { slot.logBodyError(error) }
            slot.endBody(Self.state(after: error))
            slot.noteChange()
        }
    }

    private func putAll(of stream: RequestBody) async throws {
        for try await chunk in stream {
            guard let rest = await put(chunk, unlessAhead: true) else { return }
            if rest.readableBytes > 0 { return try await feedByFile(rest, stream) }
        }
    }

    /// Takes what is left of a stream into a file while the application reads from there.
    private func feedByFile(_ first: ByteBuffer, _ stream: RequestBody) async throws {
        guard case .open(let file) = try await SpoolFile.store(first, in: nil).get() else { return }
        let taking = Taking()
        // It ends with the stream, which ends with the exchange at the latest.
        let task = Task.immediate(executorPreference: slot.lane.executor) {
            do {
                for try await chunk in stream {
                    _ = try await SpoolFile.store(chunk, in: file).get()
                    if isCurrent { slot.wakeBodyFeeder() }
                }
                taking.ending = .success(())
            } catch {
                taking.ending = .failure(error)
            }
            if isCurrent { slot.wakeBodyFeeder() }
        }
        defer { task.cancel() }
        var offset = 0
        while isCurrent {
            if offset < file.length {
                let bytes = try await file.readOnPool(at: offset, count: Self.piece)
                offset += bytes.readableBytes
                await put(bytes)
            } else if let ending = taking.ending {
                return try ending.get()
            } else {
                await slot.nextRoom()
            }
        }
    }

    /// How the taking of a stream has ended, once it has. Used on the slot's loop.
    private final class Taking: @unchecked Sendable {
        var ending: Result<Void, any Error>?
    }

    /// What is read from a file at once.
    private static let piece = 65_536

    private var isCurrent: Bool { slot.isInUse && slot.generation == use && !slot.isFinished }

    /// Puts bytes into the ring as the application makes room.
    ///
    /// - Parameter unlessAhead: do not wait for room once the body is taken in ahead.
    /// - Returns: what had no room then; nil where the request is over.
    @discardableResult
    private func put(_ bytes: ByteBuffer, unlessAhead: Bool = false) async -> ByteBuffer? {
        var rest = bytes
        let capacity = UInt64(MARTLET_REQUEST_CAPACITY)
        while rest.readableBytes > 0 {
            guard isCurrent else { return nil }
            let consumed = martlet_load64(&slot.shared.pointee.body_consumed)
            guard consumed <= slot.bodyWritten else {
                slot.hasBrokenRules = true
                slot.noteChange()
                return nil
            }
            guard slot.bodyWritten - consumed < capacity else {
                if unlessAhead && slot.takesInAhead { return rest }
                await slot.nextRoom()
                continue
            }
            let room = Int(capacity - (slot.bodyWritten - consumed))
            let position = Int(slot.bodyWritten & (capacity - 1))
            let count = min(rest.readableBytes, room, Int(capacity) - position)
            rest.readWithUnsafeReadableBytes { bytes in
                if let base = bytes.baseAddress {
                    (slot.requestRing + position).copyMemory(from: base, byteCount: count)
                }
                return count
            }
            slot.bodyWritten += UInt64(count)
            martlet_store64(&slot.shared.pointee.body_written, slot.bodyWritten)
            slot.wakeWorker()
        }
        return rest
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
