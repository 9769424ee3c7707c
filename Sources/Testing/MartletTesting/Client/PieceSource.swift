internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Feeds a body stream one piece each time its reader waits.
final class PieceSource: BodySource {
    private let loop: any EventLoop
    private let isBroken: Bool
    private let rest: Mutex<CircularBuffer<ByteBuffer>>
    private let stream = Mutex<BodyStream?>(nil)

    init(_ pieces: [ByteBuffer], isBroken: Bool, loop: any EventLoop) {
        self.loop = loop
        self.isBroken = isBroken
        rest = Mutex(CircularBuffer(pieces.filter { $0.readableBytes > 0 }))
    }

    func makeStream(length: Int?) -> BodyStream {
        let stream = BodyStream(length: length, source: self)
        self.stream.withLock { $0 = stream }
        return stream
    }

    func bodyIsWanted() {
        loop.execute {
            guard let stream = self.stream.withLock({ $0 }) else { return }
            if let piece = self.rest.withLock({ $0.popFirst() }) {
                _ = stream.feed(piece)
            } else {
                self.end(stream)
            }
        }
    }

    /// The client goes away, whatever it still had to send.
    func disconnect() {
        stream.withLock { stream in
            stream?.fail(ClientDisconnected())
            stream = nil
        }
    }

    private func end(_ stream: BodyStream) {
        if isBroken { stream.fail(ClientDisconnected()) } else { stream.finish() }
        // The stream retains its source: this breaks the cycle.
        self.stream.withLock { $0 = nil }
    }
}
