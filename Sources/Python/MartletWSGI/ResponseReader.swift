internal import CMartletWorker
internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway
internal import NIOCore

/// Makes a ``Response`` of what a worker has put into a slot. Every number that is read there is checked: a worker that
/// breaks the rules is ended, and its request answered with 502.
struct ResponseReader {
    let slot: Slot
    let lane: Lane

    /// The head that came last in this lane: most answers of an application have the same.
    final class Memo {
        var reasonAndBlock: [UInt8] = []
        var reasonLength = 0
        var code = 0
        var status = HTTPResponse.Status.ok
        var headers = Headers()
        /// The same without Content-Length, which the server writes itself: without it the block goes out as it is.
        var headersOfWhole = Headers()
        var scratch = ByteBuffer()
    }

    /// - Throws: ``ClientDisconnected`` where there is no answer because there is nobody to have it.
    func response() throws -> Response {
        let word = martlet_load32(&slot.shared.pointee.status)
        var response = try response(code: Int(word & ~(MARTLET_STATUS_OWN | MARTLET_STATUS_FILE)))
        if word & MARTLET_STATUS_OWN != 0 { response.isFromServer = true }
        if word & MARTLET_STATUS_FILE != 0 { response.isFile = true }
        return response
    }

    private func response(code: Int) throws -> Response {
        guard !slot.isLost else {
            lane.release(slot)
            return Self.badGateway
        }
        // Each is read once: what is checked is what is used.
        let shared = slot.shared
        let phase = slot.phase
        let written = martlet_load64(&shared.pointee.response_written)
        if phase == UInt32(MARTLET_RESPONSE_ABORTED.rawValue), written == 0, slot.hasLostClient {
            lane.release(slot)
            throw ClientDisconnected()
        }
        let reason = Int(martlet_load32(&shared.pointee.reason_length))
        let block = Int(martlet_load32(&shared.pointee.block_length))
        let announced = martlet_load_signed(&shared.pointee.response_length)
        guard !Slot.isUnknown(phase), !slot.hasBrokenRules, reason <= MARTLET_RESPONSE_CAPACITY,
            block <= MARTLET_RESPONSE_CAPACITY,
            written >= UInt64(reason + block),
            written <= UInt64(MARTLET_RESPONSE_CAPACITY), announced >= -1,
            let (status, headers) = head(code: code, reason: reason, block: block)
        else { return violation() }

        let isHead = slot.isHead
        let count = Int(written) - reason - block
        slot.responseConsumed = UInt64(reason + block)
        guard phase == UInt32(MARTLET_RESPONSE_COMPLETE.rawValue) else {
            let stream = SlotStream(slot: slot, lane: lane)
            var response = Response(
                status: status,
                headers: headers,
                body: .stream(length: announced < 0 ? nil : Int(announced), stream.run)
            )
            response.bufferLimit = lane.responseBufferLimit
            return response
        }
        let body: Response.Body
        if let file = file(count: count, announced: announced, status: status, isHead: isHead) {
            body = file
        } else if isHead && (announced >= 0 ? Int64(count) != announced : count > 0) {
            body = .stream(length: announced < 0 ? nil : Int(announced)) { _ in }
        } else if count == 0 {
            body = .empty
        } else {
            let memo = lane.memo
            memo.scratch.clear(minimumCapacity: count)
            memo.scratch.writeBytes(UnsafeRawBufferPointer(start: slot.responseRing + reason + block, count: count))
            let bytes = memo.scratch
            if announced >= 0 && ContentRule(status: status.code).allowsContent {
                lane.release(slot)
                return Response(status: status, headers: memo.headersOfWhole, body: .bytes(bytes))
            }
            // A generator that ended before this was looked at has no length either: what the client sees must not depend
            // on who was faster.
            body = announced < 0 ? .stream(length: nil) { try await $0.write(bytes) } : .bytes(bytes)
        }
        lane.release(slot)
        return Response(status: status, headers: headers, body: body)
    }

    /// Takes the head out of the shared memory before it looks at it; nil where it is not well formed.
    private func head(code: Int, reason: Int, block: Int) -> (HTTPResponse.Status, Headers)? {
        let memo = lane.memo
        let shared = UnsafeRawBufferPointer(start: slot.responseRing, count: reason + block)
        let isKnown =
            memo.code == code && memo.reasonLength == reason && memo.reasonAndBlock.count == shared.count
            && memo.reasonAndBlock.withUnsafeBytes { $0.elementsEqual(shared) }
        if isKnown { return (memo.status, memo.headers) }
        let bytes = Array(shared)
        guard (100...999).contains(code), bytes[..<reason].allSatisfy(FieldSyntax.isValue),
            Self.isWellFormed(bytes[reason...])
        else { return nil }
        memo.reasonAndBlock = bytes
        memo.reasonLength = reason
        memo.code = code
        memo.status = HTTPResponse.Status(code: code, reasonPhrase: Self.latin1(bytes[..<reason]))
        memo.headers = Headers(validBlock: Array(bytes[reason...]))
        memo.headersOfWhole = memo.headers
        memo.headersOfWhole.remove(.contentLength)
        return (memo.status, memo.headers)
    }

    /// WSGI's texts are Latin-1 (PEP 3333, "Unicode Issues").
    private static func latin1(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    static func isWellFormed(_ block: ArraySlice<UInt8>) -> Bool {
        var rest = block
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(where: { !FieldSyntax.isToken($0) }), colon > rest.startIndex,
                rest[colon] == UInt8(ascii: ":"),
                let end = rest[(colon + 1)...].firstIndex(where: { !FieldSyntax.isValue($0) }),
                rest[end] == 13, end + 1 < rest.endIndex, rest[end + 1] == 10
            else { return false }
            rest = rest[(end + 2)...]
        }
        return true
    }

    private func violation() -> Response {
        lane.supervisor?.condemn(slot)
        lane.release(slot)
        return Self.badGateway
    }

    static let badGateway = Response.refusal(
        .badGateway,
        "The worker that had this request has died. The server's log says more."
    )
}

/// The body of a response that the application is still making.
final class SlotStream: Sendable {
    private let slot: Slot
    private let lane: Lane
    private let use: UInt32

    init(slot: Slot, lane: Lane) {
        self.slot = slot
        self.lane = lane
        use = slot.generation
    }

    /// A response whose body nobody asked for, as with HEAD.
    deinit {
        let (slot, lane, use) = (slot, lane, use)
        lane.eventLoop.execute { if slot.generation == use { lane.abandon(slot) } }
    }

    @Sendable func run(_ writer: BodyWriter) async throws {
        if lane.eventLoop.inEventLoop { return try await send(writer) }
        try await withTaskExecutorPreference(lane.executor) { try await self.send(writer) }
    }

    private func send(_ writer: BodyWriter) async throws {
        do {
            try await withTaskCancellationHandler {
                try await copy(to: writer)
            } onCancel: {
                lane.eventLoop.execute { if self.slot.generation == self.use { self.lane.cancel(self.slot) } }
            }
            lane.release(slot)
        } catch {
            if slot.generation == use { lane.abandon(slot) }
            throw error
        }
    }

    private func copy(to writer: BodyWriter) async throws {
        let capacity = MARTLET_RESPONSE_CAPACITY
        while true {
            // The phase first: once it says complete, what is written is final.
            let phase = slot.phase
            let written = martlet_load64(&slot.shared.pointee.response_written)
            guard written >= slot.responseConsumed, written - slot.responseConsumed <= UInt64(capacity),
                !Slot.isUnknown(phase), !slot.hasBrokenRules
            else {
                lane.supervisor?.condemn(slot)
                throw WorkerBrokeRules()
            }
            let available = Int(written - slot.responseConsumed)
            if available > 0 {
                let position = Int(slot.responseConsumed & UInt64(capacity - 1))
                let count = min(available, capacity - position)
                var buffer = ByteBufferAllocator().buffer(capacity: count)
                buffer.writeBytes(UnsafeRawBufferPointer(start: slot.responseRing + position, count: count))
                slot.responseConsumed += UInt64(count)
                martlet_store64(&slot.shared.pointee.response_consumed, slot.responseConsumed)
                slot.wakeWorker()
                try await send(buffer, to: writer)
                continue
            }
            if phase == UInt32(MARTLET_RESPONSE_COMPLETE.rawValue) { return }
            if phase == UInt32(MARTLET_RESPONSE_ABORTED.rawValue) { throw ResponseNotWhole() }
            if slot.isLost {
                throw WorkerLost(end: slot.end ?? lane.supervisor?.owner(of: slot).map { WorkerEnd(place: $0.place) })
            }
            try Task.checkCancellation()
            await slot.nextChange()
        }
    }

    /// Sends a part. While that waits for the client, who may wait for us to read, its body is taken in.
    private func send(_ bytes: ByteBuffer, to writer: BodyWriter) async throws {
        guard slot.isBodyOpen, !slot.takesInAhead else { return try await writer.write(bytes) }
        slot.writes &+= 1
        slot.isWriting = true
        watchSending()
        defer { if slot.generation == use { slot.isWriting = false } }
        try await writer.write(bytes)
    }

    /// Takes the body in where the client has had a moment and takes nothing. There is one timer at a time.
    private func watchSending() {
        guard !slot.isWatched else { return }
        slot.isWatched = true
        let writes = slot.writes
        lane.eventLoop.scheduleTask(in: .milliseconds(100)) { [self] in
            guard slot.generation == use else { return }
            slot.isWatched = false
            guard slot.isWriting else { return }
            if slot.writes == writes { slot.takeInAhead() } else { watchSending() }
        }
    }
}
