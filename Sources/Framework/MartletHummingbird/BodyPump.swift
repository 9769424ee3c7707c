#if Hummingbird
internal import Hummingbird
internal import MartletGateway
internal import NIOCore
internal import Synchronization

/// Feeds the body of a request of Hummingbird to an application, one piece each time that it waits for one.
///
/// Nothing is read before the application asks: what it leaves is for Hummingbird to discard.
final class BodyPump: BodySource {
    /// The stream keeps its source, so nobody behind the source may keep the stream.
    private final class Target: Sendable {
        private struct Weak {
            weak var stream: BodyStream?
        }

        private let weak = Mutex(Weak())
        var stream: BodyStream? { weak.withLock(\.stream) }
        func set(_ stream: BodyStream) { weak.withLock { $0.stream = stream } }
    }

    private let source: Hummingbird.RequestBody
    private let target = Target()
    private let demands: AsyncStream<Void>
    private let demand: AsyncStream<Void>.Continuation
    private let task = Mutex<Task<Void, Never>?>(nil)

    private init(_ source: Hummingbird.RequestBody) {
        self.source = source
        (demands, demand) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { end() }

    /// - Parameter length: what the client announced.
    static func stream(of source: Hummingbird.RequestBody, length: Int?) -> (
        body: MartletGateway.RequestBody, pump: BodyPump
    ) {
        let pump = BodyPump(source)
        let stream = BodyStream(length: length, source: pump)
        pump.target.set(stream)
        return (MartletGateway.RequestBody(.stream(stream)), pump)
    }

    func bodyIsWanted() {
        task.withLock { task in
            if task == nil { task = start() }
        }
        demand.yield()
    }

    /// The exchange is over: nothing more is read.
    func end() {
        demand.finish()
        task.withLock { $0 }?.cancel()
    }

    private func start() -> Task<Void, Never> {
        Task { [source, target, demands] in
            var iterator = source.makeAsyncIterator()
            do {
                for await _ in demands {
                    // An empty piece is no answer to who waits.
                    var piece: ByteBuffer?
                    repeat { piece = try await iterator.next() } while piece?.readableBytes == 0
                    guard let piece else {
                        target.stream?.finish()
                        return
                    }
                    _ = target.stream?.feed(piece)
                }
                target.stream?.fail(ClientDisconnected())
            } catch {
                // A fault of the framing, or a client that is gone: Hummingbird ends the connection itself.
                target.stream?.fail(ClientDisconnected())
            }
        }
    }
}
#endif
