#if Hummingbird
internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Hands what an application writes to the task that has the writer of Hummingbird.
///
/// The rules:
///
/// 1. A write returns when its piece has been sent, which ``next()`` is told of by the call after it: the application feels how slow
///    the client is, and no piece waits behind another.
/// 2. What was announced is what is sent: more or less is an error.
/// 3. After ``close()`` every write throws.
final class Handover: BodySink {
    private typealias Writer = UnsafeContinuation<Void, any Error>

    private struct State {
        var waiting = CircularBuffer<(piece: ByteBuffer, writer: Writer)>()
        var sending: Writer?
        var taker: UnsafeContinuation<ByteBuffer?, any Error>?
        var ending: Result<Void, any Error>?
        var isClosed = false
        var written = 0
        var trailer: Headers?
    }

    private let length: Int?
    private let state = Mutex(State())

    init(length: Int?) { self.length = length }

    var trailer: Headers? { state.withLock(\.trailer) }

    // MARK: - The application's side

    func write(_ bytes: ByteBuffer) async throws {
        try await withUnsafeThrowingContinuation { (writer: Writer) in
            let outcome = state.withLock { state -> Result<UnsafeContinuation<ByteBuffer?, any Error>?, any Error> in
                if state.isClosed || state.ending != nil { return .failure(ClientDisconnected()) }
                if let length, bytes.readableBytes > length - state.written {
                    let fault = WrongLength(announced: length, written: state.written + bytes.readableBytes)
                    state.ending = .failure(fault)
                    state.taker.take()?.resume(throwing: fault)
                    return .failure(fault)
                }
                state.written += bytes.readableBytes
                if let taker = state.taker.take() {
                    state.sending = writer
                    return .success(taker)
                }
                state.waiting.append((bytes, writer))
                return .success(nil)
            }
            switch outcome {
            case .success(let taker): taker?.resume(returning: bytes)
            case .failure(let error): writer.resume(throwing: error)
            }
        }
    }

    func setTrailer(_ fields: Headers) async { state.withLock { $0.trailer = fields } }

    /// The application is done.
    func finish(_ result: Result<Void, any Error>) {
        let (taker, ending) = state.withLock { state in
            var ending = state.ending ?? result
            if case .success = ending, let length, state.written != length {
                ending = .failure(WrongLength(announced: length, written: state.written))
            }
            state.ending = ending
            return (state.taker.take(), ending)
        }
        taker?.resume(with: ending.map { nil })
    }

    // MARK: - The side of the writer

    /// The next piece, after the last one has been sent; nil when the application is done.
    ///
    /// - Throws: what the application threw, ``WrongLength``, and `CancellationError`.
    func next() async throws -> ByteBuffer? {
        state.withLock { $0.sending.take() }?.resume()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { taker in
                let ready = state.withLock { state -> Result<ByteBuffer?, any Error>? in
                    if state.isClosed { return .failure(CancellationError()) }
                    if let (piece, writer) = state.waiting.popFirst() {
                        state.sending = writer
                        return .success(piece)
                    }
                    if let ending = state.ending { return ending.map { nil } }
                    state.taker = taker
                    return nil
                }
                if let ready { taker.resume(with: ready) }
            }
        } onCancel: {
            close()
        }
    }

    /// Nothing can be sent any more.
    func close() {
        let (writers, taker) = state.withLock { state in
            state.isClosed = true
            defer { state.waiting.removeAll() }
            return ([state.sending.take()] + state.waiting.map(\.writer), state.taker.take())
        }
        for writer in writers { writer?.resume(throwing: ClientDisconnected()) }
        taker?.resume(throwing: CancellationError())
    }
}

/// A streamed body was not as long as the application had announced.
struct WrongLength: Error, CustomStringConvertible {
    let announced: Int
    let written: Int
    var description: String { "The application announced a body of \(announced) bytes but wrote \(written)." }
}
#endif
