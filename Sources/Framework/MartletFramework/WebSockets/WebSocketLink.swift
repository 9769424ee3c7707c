internal import Logging
internal import MartletGateway
internal import MartletWebSocket
internal import NIOCore
internal import Synchronization

/// The connection behind a ``WebSocket``: what goes in and out waits here, in bounded queues. ``WebSocketRun`` moves it.
final class WebSocketLink: Sendable {
    /// As of the request's body: above it the peer is no longer read from, and who sends waits.
    private static let highWater = 65_536

    /// Messages that the handler has not read.
    let inbox = BoundedQueue<WebSocketMessage>(limit: highWater)
    /// Frames that the connection has not taken.
    let outbox = BoundedQueue<ByteBuffer>(limit: highWater)
    private let encoder = WebSocketEncoder(.server)
    private let ending = Mutex<WebSocketClosure?>(nil)

    /// How it ended; nil while it is open.
    var closure: WebSocketClosure? { ending.withLock { $0 } }

    func send(_ message: WebSocketMessage) async throws {
        try Task.checkCancellation()
        let frame = frame(message)
        guard outbox.put(frame, weight: frame.readableBytes) else {
            throw WebSocketClosed(closure: closure ?? WebSocketClosure(.abnormal))
        }
        await outbox.room()
    }

    func trySend(_ message: WebSocketMessage) -> Bool {
        let frame = frame(message)
        return outbox.put(frame, weight: frame.readableBytes, onlyWithRoom: true)
    }

    private func frame(_ message: WebSocketMessage) -> ByteBuffer {
        var frame = ByteBuffer()
        encoder.write(message, into: &frame)
        return frame
    }

    func ping() -> Bool {
        var frame = ByteBuffer()
        encoder.writePing(into: &frame)
        return outbox.put(frame, weight: frame.readableBytes)
    }

    /// Answers a ping. Waits for a client that does not take what it has asked for.
    func pong(_ content: ByteBuffer) async {
        var frame = ByteBuffer()
        encoder.writePong(content, into: &frame)
        if outbox.put(frame, weight: frame.readableBytes) { await outbox.room() }
    }

    /// Sends a Close frame, unless one was sent before, and takes nothing from the client any more.
    func close(_ closure: WebSocketClosure) {
        // Of two who close at the same time, the frame of either says what the first one meant.
        let closure = end(closure)
        var frame = ByteBuffer()
        encoder.writeClose(closure, into: &frame)
        outbox.end(with: frame, weight: frame.readableBytes)
    }

    /// The client is gone without a word.
    func lose() {
        end(WebSocketClosure(.abnormal))
        outbox.end()
    }

    /// - Returns: how it has ended: the first word counts.
    @discardableResult
    private func end(_ closure: WebSocketClosure) -> WebSocketClosure {
        let first = ending.withLock { ending in
            let first = ending ?? closure
            ending = first
            return first
        }
        inbox.end()
        return first
    }
}
