internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Keeps what a streamed body writes.
final class CollectingSink: BodySink {
    private struct State {
        var pieces: [ByteBuffer] = []
        var count = 0
        var isGone = false
        var fault: (any Error)?
    }

    private let state = Mutex(State())
    private let length: Int?
    private let limit: Int
    private let disconnectsAfter: Int?
    private let onDisconnect: @Sendable () -> Void

    init(length: Int?, limit: Int, disconnectsAfter: Int?, onDisconnect: @escaping @Sendable () -> Void) {
        self.length = length
        self.limit = limit
        self.disconnectsAfter = disconnectsAfter
        self.onDisconnect = onDisconnect
    }

    func write(_ bytes: ByteBuffer) async throws {
        let leaves = try state.withLock { state in
            if state.isGone { throw ClientDisconnected() }
            if let length, bytes.readableBytes > length - state.count {
                let fault = LengthMismatch(announced: length, written: state.count + bytes.readableBytes)
                state.fault = fault
                throw fault
            }
            guard bytes.readableBytes <= limit - state.count else {
                state.fault = ResponseTooLarge(limit: limit)
                state.isGone = true
                return true
            }
            state.pieces.append(bytes)
            state.count += bytes.readableBytes
            state.isGone = disconnectsAfter.map { state.count >= $0 } ?? false
            return state.isGone
        }
        if leaves { onDisconnect() }
        // A socket makes a writer wait now and then, so applications must not rely on never being suspended.
        await Task.yield()
    }

    /// What was written, and the error, so that an application cannot hide it by catching it.
    func finish() -> (pieces: [ByteBuffer], isGone: Bool, fault: (any Error)?) {
        state.withLock { state in
            var fault = state.fault
            if fault == nil, !state.isGone, let length, state.count != length {
                fault = LengthMismatch(announced: length, written: state.count)
            }
            state.isGone = true
            return (state.pieces, disconnectsAfter.map { state.count >= $0 } ?? false, fault)
        }
    }
}

/// A streamed body was not as long as the application had announced.
public struct LengthMismatch: Error, CustomStringConvertible {
    public let announced: Int
    public let written: Int
    public var description: String { "The application announced a body of \(announced) bytes but wrote \(written)." }
}

/// A body was larger than the test client collects.
public struct ResponseTooLarge: Error, CustomStringConvertible {
    public let limit: Int
    public var description: String {
        "The response body is larger than the \(limit) bytes that the test client collects."
    }
}
