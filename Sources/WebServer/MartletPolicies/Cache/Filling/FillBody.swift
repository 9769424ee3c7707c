import MartletGateway
import NIOCore
import Synchronization

/// The body of an answer on its way into the cache, and at the same time to the client that asked first.
///
/// The rules:
///
/// 1. While it may become one that is kept, all of it is, and the application never waits: a slow client holds up nobody.
/// 2. What becomes too large is not kept. From then on the application waits for the client, as it does without a cache, and
///    those who wait for the answer are told at once.
/// 3. A client that goes away changes nothing for an answer that may be kept. Of another one the application is told.
final class FillBody: BodySink {
    private enum Ending {
        case whole
        case failed(any Error)
    }

    private struct State {
        var pieces = CircularBuffer<ByteBuffer>()
        /// How many pieces the reader has.
        var read = 0
        var length = 0
        /// Of memory, while it is kept.
        var held = 0
        var isKept = true
        var hasReader: Bool
        var ending: Ending?
        var trailer: Headers?
        var reader: UnsafeContinuation<ByteBuffer?, any Error>?
        var writer: UnsafeContinuation<Void, any Error>?

        var unread: Int { pieces.dropFirst(read).reduce(0) { $0 + $1.readableBytes } }
    }

    private let cache: ResponseCache
    private let announced: Int?
    private let whenTooLarge: @Sendable () -> Void
    private let state: Mutex<State>

    /// Smaller ones are put together: each would keep a whole buffer alive.
    private static let smallPiece = 4096
    /// What a client that is too slow for a body that is not kept may leave unread.
    private static let highWater = 65_536

    init(
        _ cache: ResponseCache,
        announced: Int?,
        hasReader: Bool,
        whenTooLarge: @escaping @Sendable () -> Void
    ) {
        self.cache = cache
        self.announced = announced
        self.whenTooLarge = whenTooLarge
        state = Mutex(State(hasReader: hasReader))
    }

    deinit { cache.end(filling: state.withLock(\.held)) }
}

// MARK: - The application's side

extension FillBody {
    private enum Step {
        case goOn
        case wait
        case gone
    }

    func write(_ bytes: ByteBuffer) async throws {
        let (step, reader, isTooLarge) = state.withLock { take(bytes, &$0) }
        reader?.resume(returning: bytes)
        if isTooLarge { whenTooLarge() }
        switch step {
        case .goOn: break
        case .gone: throw ClientDisconnected()
        case .wait:
            try await withUnsafeThrowingContinuation { writer in
                let isWelcome = state.withLock { state in
                    guard state.hasReader, state.unread > Self.highWater else { return true }
                    state.writer = writer
                    return false
                }
                if isWelcome { writer.resume() }
            }
        }
    }

    private func take(
        _ bytes: ByteBuffer,
        _ state: inout State
    ) -> (Step, UnsafeContinuation<ByteBuffer?, any Error>?, isTooLarge: Bool) {
        state.length += bytes.readableBytes
        let wasKept = state.isKept
        let reader = state.reader.take()
        if state.isKept, state.length > (announced ?? .max) || !keep(bytes, isRead: reader != nil, &state) {
            state.isKept = false
            cache.end(filling: state.held)
            state.held = 0
            state.pieces.removeFirst(min(state.read, state.pieces.count))
            state.read = 0
        }
        if !state.isKept {
            guard state.hasReader else { return (.gone, reader, wasKept) }
            if reader == nil { state.pieces.append(bytes) }
            return (state.unread > Self.highWater ? .wait : .goOn, reader, wasKept)
        }
        return (.goOn, reader, false)
    }

    /// - Returns: false if there is no room.
    private func keep(_ bytes: ByteBuffer, isRead: Bool, _ state: inout State) -> Bool {
        let last = state.pieces.count - 1
        // What the reader has got of a piece it must not get again, and what is new it must get.
        let joins =
            last >= 0 && bytes.readableBytes < Self.smallPiece
            && state.pieces[offset: last].readableBytes < Self.smallPiece
            && (isRead ? state.read == last + 1 : state.read <= last)
        let cost = bytes.readableBytes + (joins ? 0 : 128)
        guard state.length <= cache.configuration.objectLimit, cache.begin(filling: cost) else { return false }
        state.held += cost
        if joins {
            state.pieces[offset: last].writeImmutableBuffer(bytes)
        } else {
            state.pieces.append(bytes)
            if isRead { state.read = state.pieces.count }
        }
        return true
    }

    func setTrailer(_ fields: Headers) async { state.withLock { $0.trailer = fields } }

    /// The application has written everything.
    ///
    /// - Returns: the body, if it is one to keep.
    func finish() -> ByteBuffer? {
        let (reader, body) = state.withLock { state in
            state.ending = .whole
            let isWhole = state.isKept && state.length == announced ?? state.length && state.trailer == nil
            guard isWhole else { return (state.reader.take(), nil as ByteBuffer?) }
            var body = ByteBuffer()
            body.reserveCapacity(state.length)
            for piece in state.pieces { body.writeImmutableBuffer(piece) }
            return (state.reader.take(), body)
        }
        reader?.resume(returning: nil)
        return body
    }

    func fail(_ error: any Error) {
        let reader = state.withLock { state in
            state.ending = .failed(error)
            return state.reader.take()
        }
        reader?.resume(throwing: error)
    }
}

// MARK: - The client's side

extension FillBody {
    /// Sends all of it, as fast as the client takes it.
    func copy(to writer: BodyWriter) async throws {
        while let bytes = try await next() { try await writer.write(bytes) }
        if let trailer = state.withLock(\.trailer) { await writer.setTrailer(trailer) }
    }

    private func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { reader in
                let (result, writer) = state.withLock { poll(reader, &$0) }
                if let result { reader.resume(with: result) }
                writer?.resume()
            }
        } onCancel: {
            readerLeaves()
        }
    }

    /// - Returns: nil if the reader has to wait; and a writer that has waited for it.
    private func poll(
        _ reader: UnsafeContinuation<ByteBuffer?, any Error>,
        _ state: inout State
    ) -> (Result<ByteBuffer?, any Error>?, UnsafeContinuation<Void, any Error>?) {
        guard state.hasReader else { return (.failure(ClientDisconnected()), nil) }
        if state.read < state.pieces.count {
            let piece = state.pieces[offset: state.read]
            if state.isKept { state.read += 1 } else { state.pieces.removeFirst() }
            let isWelcome = state.writer != nil && state.unread <= Self.highWater
            return (.success(piece), isWelcome ? state.writer.take() : nil)
        }
        switch state.ending {
        case .whole: return (.success(nil), nil)
        case .failed(let error): return (.failure(error), nil)
        case nil:
            state.reader = reader
            return (nil, nil)
        }
    }

    /// The client has gone, or was never there.
    func readerLeaves() {
        let (reader, writer) = state.withLock { state in
            state.hasReader = false
            return (state.reader.take(), state.writer.take())
        }
        reader?.resume(throwing: ClientDisconnected())
        // It finds out with what it writes next.
        writer?.resume()
    }
}

/// Tells a body when the last one who could read it lets go of it: a client that has gone before the answer began never reads.
final class FillReader: Sendable {
    let body: FillBody

    init(_ body: FillBody) { self.body = body }

    deinit { body.readerLeaves() }
}
