public import NIOCore
import Synchronization

/// What a ``BodyStream`` asks of its producer.
package protocol BodySource: AnyObject, Sendable {
    /// The reader waits and nothing is buffered: read from the client, and send `100 Continue` if it waits for that.
    /// Called from any thread.
    func bodyIsWanted()
}

/// A single-pass stream of bytes from a connection to one reader.
///
/// The producer feeds it on its event loop and stops reading from the client while `feed(_:)` says so; the reader may
/// be on any thread.
public final class BodyStream: Sendable {
    private struct State {
        var chunks = CircularBuffer<ByteBuffer>(initialCapacity: 2)
        var buffered = 0
        var ending: Ending?
        var trailer: Headers?
        var reader: UnsafeContinuation<ByteBuffer?, any Error>?
        /// How many bytes may still come, and the limit that says so.
        var allowance: (rest: Int, limit: Int)?

        /// Merges small pieces: each keeps the whole buffer alive that it was received in, so a body that comes byte by
        /// byte would otherwise hold far more memory than its size.
        mutating func append(_ chunk: ByteBuffer) {
            buffered += chunk.readableBytes
            if chunk.readableBytes < BodyStream.smallPiece, let last = chunks.indices.last,
                chunks[last].readableBytes < BodyStream.smallPiece
            {
                chunks[last].writeImmutableBuffer(chunk)
            } else {
                chunks.append(chunk)
            }
        }
    }

    private enum Ending {
        case finished
        case failed(any Error)
    }

    /// Above this many unread bytes the client is no longer read from. Four times nginx's `client_body_buffer_size` on
    /// 64 bits.
    private static let highWater = 65_536
    private static let smallPiece = 4096

    /// The length of the body, if the client announced it.
    public let length: Int?
    private let state = Mutex(State())
    private let source: any BodySource

    package init(length: Int?, source: any BodySource) {
        self.length = length
        self.source = source
    }

    /// The next bytes, never empty; nil at the end.
    ///
    /// - Throws: ``ClientDisconnected``, ``BodyTooLarge``, the codec's fault, or `CancellationError`. Each is final.
    public func next() async throws -> ByteBuffer? {
        switch poll() {
        case .bytes(let chunk): return chunk
        case .ended: return nil
        case .failed(let error): throw error
        case .empty: break
        }
        source.bodyIsWanted()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                switch park(continuation) {
                case .parked: break
                case .ready(let result): continuation.resume(with: result)
                }
            }
        } onCancel: {
            fail(CancellationError())
        }
    }

    /// What is available without waiting.
    package enum Poll: Sendable {
        case bytes(ByteBuffer)
        case empty
        case ended
        case failed(any Error)
    }

    package func poll() -> Poll {
        state.withLock { state in
            if let chunk = state.chunks.popFirst() {
                state.buffered -= chunk.readableBytes
                return .bytes(chunk)
            }
            switch state.ending {
            case nil: return .empty
            case .finished: return .ended
            case .failed(let error): return .failed(error)
            }
        }
    }

    private enum Parking {
        case parked
        case ready(Result<ByteBuffer?, any Error>)
    }

    private func park(_ continuation: UnsafeContinuation<ByteBuffer?, any Error>) -> Parking {
        state.withLock { state in
            if let chunk = state.chunks.popFirst() {
                state.buffered -= chunk.readableBytes
                return .ready(.success(chunk))
            }
            switch state.ending {
            case .finished: return .ready(.success(nil))
            case .failed(let error): return .ready(.failure(error))
            case nil:
                state.reader = continuation
                return .parked
            }
        }
    }
}

// MARK: - The producer's side

extension BodyStream {
    /// Lets the stream fail with ``BodyTooLarge`` as soon as more bytes come. Set it before the body is read.
    package func limit(to limit: Int) {
        state.withLock { $0.allowance = (limit - $0.buffered, limit) }
    }

    /// Adds bytes.
    ///
    /// - Returns: whether the producer may read on; false until ``BodySource/bodyIsWanted()``.
    package func feed(_ chunk: ByteBuffer) -> Bool {
        let limit = state.withLock { state -> Int? in
            guard let allowance = state.allowance else { return nil }
            state.allowance?.rest = max(-1, allowance.rest) - chunk.readableBytes
            return chunk.readableBytes > allowance.rest ? allowance.limit : nil
        }
        if let limit {
            fail(BodyTooLarge(limit: limit))
            return true
        }
        let (reader, goOn) = state.withLock { state -> (UnsafeContinuation<ByteBuffer?, any Error>?, Bool) in
            guard state.ending == nil else { return (nil, true) }
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            state.append(chunk)
            return (nil, state.buffered < Self.highWater)
        }
        reader?.resume(returning: chunk)
        return goOn
    }

    /// - Parameter trailer: the fields behind the body.
    package func finish(trailer: Headers? = nil) {
        if let trailer { state.withLock { if $0.ending == nil { $0.trailer = trailer } } }
        end(.finished)
    }

    /// The fields behind the body (RFC 9110 section 6.5), known when it has been read to its end.
    package var trailer: Headers? { state.withLock(\.trailer) }

    /// Ends the stream with an error. Bytes that were fed before can still be read.
    package func fail(_ error: any Error) {
        end(.failed(error))
    }

    private func end(_ ending: Ending) {
        let reader = state.withLock { state -> UnsafeContinuation<ByteBuffer?, any Error>? in
            guard state.ending == nil else { return nil }
            state.ending = ending
            defer { state.reader = nil }
            return state.reader
        }
        switch ending {
        case .finished: reader?.resume(returning: nil)
        case .failed(let error): reader?.resume(throwing: error)
        }
    }
}
