internal import CMartletWorker
internal import Glibc

/// Reads the request's body: out of the slot's ring, or of the file that the server has handed over. The caller holds the GIL and
/// knows that the slot is the request's.
///
/// A line is found where the bytes lie, so that `read` and `readline` may be mixed at will. It is a class, and all that it does is
/// short, because other threads of the application may come in whenever the GIL is released.
final class RequestBodyReader {
    /// Where the bytes are.
    private enum Source {
        /// They come through the ring while the client sends them, and are gone when they are read.
        case stream
        /// All of them stand in the ring, from its start.
        case memory
        /// All of them are in a file.
        case file(File)
    }

    private enum File {
        /// The server has it.
        case elsewhere
        /// It comes on this socket.
        case asked(FileRequest)
        case here(StoredBody)
        /// It has not come.
        case lost(errno: Int32)
    }

    /// What can be had without waiting.
    enum State {
        case data
        /// More may come.
        case nothing
        /// The server has it in a file that has to be asked for.
        case elsewhere
        /// The file is on its way.
        case asked
        /// It has to be read from this file first.
        case unread(StoredBody)
        /// The file has not come.
        case lost(errno: Int32)
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
    private var source = Source.stream
    /// How far it has been read. In a body that is all here it may be beyond the end.
    private(set) var position = 0
    private(set) var length = 0

    init(region: Region) {
        slot = region.slot(0)
        ring = region.requestRing(0)
    }

    func begin(slot: UnsafeMutablePointer<martlet_slot>, ring: SharedRing) {
        self.slot = slot
        self.ring = ring
        position = 0
        length = Int(slot.pointee.content_length)
        if slot.pointee.flags & UInt32(MARTLET_REQUEST_TAKEN.rawValue) == 0 {
            source = .stream
        } else if slot.pointee.body_state == UInt32(MARTLET_BODY_STORED.rawValue) {
            source = .file(.elsewhere)
        } else {
            source = .memory
            length = min(length, ring.capacity)
        }
    }

    /// The request is over.
    ///
    /// - Returns: the file that was read from. Threads of the application may still do so.
    func end() -> StoredBody? {
        guard case .file(let file) = source else { return nil }
        source = .stream
        if case .here(let file) = file { return file }
        return nil
    }

    /// How many bytes are still to come where the length is known, else nil.
    var remaining: Int? { length < 0 ? nil : max(0, length &- position) }

    /// Whether it is all here, so that any part of it may be read again.
    var isWhole: Bool { if case .stream = source { false } else { true } }

    var state: State {
        switch source {
        case .stream: return streamState
        case .memory: return position < length ? .data : .end
        case .file(let file): return position < length ? state(of: file) : .end
        }
    }

    private func state(of file: File) -> State {
        switch file {
        case .elsewhere: slotState == MARTLET_BODY_UNREADABLE ? .broken(.unreadable) : .elsewhere
        case .asked: .asked
        case .here(let file): file.bytes(at: position).isEmpty ? .unread(file) : .data
        case .lost(let number): .lost(errno: number)
        }
    }

    private var slotState: martlet_body_state { martlet_body_state(martlet_load32(&slot.pointee.body_state)) }

    private var streamState: State {
        if hasUnread { return .data }
        switch slotState {
        case MARTLET_BODY_OPEN: return .nothing
        // The last bytes may have come between the two loads.
        case MARTLET_BODY_COMPLETE: return hasUnread ? .data : .end
        case MARTLET_BODY_SLOW: return .broken(.clientTooSlow)
        case MARTLET_BODY_MALFORMED: return .broken(.malformed)
        case MARTLET_BODY_LARGE: return .broken(.tooLarge)
        case MARTLET_BODY_UNREADABLE: return .broken(.unreadable)
        default: return .broken(.clientLeft)
        }
    }

    private var hasUnread: Bool { martlet_load64(&slot.pointee.body_written) > UInt64(position) }

    /// Asks the server for more.
    func want() {
        martlet_store32(&slot.pointee.body_wanted, 1)
    }

    /// Whether there may be something else than before; called without the GIL.
    var change: () -> Bool {
        let (slot, position) = (slot, UInt64(position))
        if isWhole { return { martlet_load32(&slot.pointee.body_state) != UInt32(MARTLET_BODY_STORED.rawValue) } }
        return {
            martlet_load64(&slot.pointee.body_written) > position
                || martlet_load32(&slot.pointee.body_state) != UInt32(MARTLET_BODY_OPEN.rawValue)
        }
    }

    /// What can be read at once, up to `limit` bytes, as far as it stands in one piece.
    func peek(_ limit: Int) -> UnsafeBufferPointer<UInt8> {
        switch source {
        case .stream:
            let there = martlet_load64(&slot.pointee.body_written) &- UInt64(position)
            return ring.bytes(at: UInt64(position), count: min(Int(truncatingIfNeeded: min(there, 1 << 30)), limit))
        case .memory:
            return ring.bytes(at: UInt64(position), count: min(length - position, limit))
        case .file(.here(let file)):
            return UnsafeBufferPointer(rebasing: file.bytes(at: position).prefix(max(0, min(length - position, limit))))
        case .file:
            return UnsafeBufferPointer(start: nil, count: 0)
        }
    }

    /// Goes on behind `count` bytes; the room of a stream's is the server's again.
    func consume(_ count: Int, signal: () -> Void) {
        position += count
        guard case .stream = source else { return }
        martlet_store64(&slot.pointee.body_consumed, UInt64(position))
        // The server waits for room only when the ring is full; half of it is worth a wake-up.
        if slotState == MARTLET_BODY_OPEN,
            UInt64(position) == martlet_load64(&slot.pointee.body_written) || position & 0x7FFF < count
        {
            signal()
        }
    }

    /// Goes anywhere in a body that is all here.
    func seek(to position: Int) {
        if isWhole { self.position = max(0, position) }
    }

    // MARK: - In a file

    /// Whether nobody has asked for the file yet. Other threads of the application may read too.
    var isElsewhere: Bool { if case .file(.elsewhere) = source { true } else { false } }

    func ask(with request: FileRequest) {
        source = .file(.asked(request))
    }

    /// Takes the file, where the server has sent it: whoever of those that wait comes first.
    func receive() {
        guard case .file(.asked(let request)) = source else { return }
        switch slotState {
        case MARTLET_BODY_STORED: return
        case MARTLET_BODY_HANDED:
            source = .file(request.receive().map(File.here) ?? .lost(errno: EMFILE))
        default:
            // What is wrong stands in the slot, and in the server's log.
            source = .file(.elsewhere)
        }
    }

    /// A part of a file, for whoever has reserved it.
    struct Part {
        let file: StoredBody
        let start: Int
        let count: Int
    }

    /// Whether so much is in a file that it is not read by way of its window.
    func isLargeInFile(_ limit: Int) -> Bool {
        guard case .file = source else { return false }
        return min(limit, length - position) >= StoredBody.windowBytes
    }

    /// Takes up to `limit` bytes at once from a file that is here: they are the caller's to read, whoever reads on meanwhile.
    func reserve(_ limit: Int) -> Part? {
        guard case .file(.here(let file)) = source, position < length else { return nil }
        let count = min(limit, length - position)
        defer { position += count }
        return Part(file: file, start: position, count: count)
    }
}
