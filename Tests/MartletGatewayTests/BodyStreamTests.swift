import NIOCore
import Synchronization
import Testing

@testable import MartletGateway

@Suite struct BodyStreamTests {
    struct Broken: Error {}

    /// Counts how often the reader had to wait.
    final class Source: BodySource {
        let calls = Atomic<Int>(0)
        let onDemand: @Sendable () -> Void

        init(_ onDemand: @escaping @Sendable () -> Void = {}) { self.onDemand = onDemand }

        func bodyIsWanted() {
            calls.add(1, ordering: .relaxed)
            onDemand()
        }
    }

    @Test("What was fed is read without asking for more")
    func fed() async throws {
        let source = Source()
        let stream = BodyStream(length: nil, source: source)
        #expect(stream.feed(ByteBuffer(string: "ab")))
        stream.finish()
        #expect(try await stream.next() == ByteBuffer(string: "ab"))
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
        #expect(source.calls.load(ordering: .relaxed) == 0)
    }

    @Test("A reader that waits is given the next bytes, or the error, which is final")
    func waiting() async throws {
        let holder = Mutex<BodyStream?>(nil)
        let source = Source {
            let stream = holder.withLock { $0 }
            if stream?.feed(ByteBuffer(string: "x")) == true { stream?.fail(Broken()) }
        }
        let stream = BodyStream(length: nil, source: source)
        holder.withLock { $0 = stream }
        #expect(try await stream.next() == ByteBuffer(string: "x"))
        await #expect(throws: Broken.self) { try await stream.next() }
        stream.finish()
        await #expect(throws: Broken.self) { try await stream.next() }
        holder.withLock { $0 = nil }
    }

    @Test("The producer is told to stop when much is unread")
    func backpressure() {
        let stream = BodyStream(length: nil, source: Source())
        #expect(stream.feed(ByteBuffer(repeating: 0, count: 65_535)))
        #expect(!stream.feed(ByteBuffer(repeating: 0, count: 1)))
    }

    @Test("A cancelled reader stops waiting")
    func cancellation() async throws {
        let stream = BodyStream(length: nil, source: Source())
        let task = Task { try await stream.next() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Collecting is limited, by what is announced and by what comes")
    func limit() async throws {
        let announced = RequestBody(.stream(BodyStream(length: 5, source: Source())))
        await #expect(throws: BodyTooLarge.self) { try await announced.collect(upTo: 4) }
        let stream = BodyStream(length: nil, source: Source())
        _ = stream.feed(ByteBuffer(string: "abcde"))
        stream.finish()
        await #expect(throws: BodyTooLarge.self) { try await RequestBody(.stream(stream)).collect(upTo: 4) }
        #expect(try await RequestBody.bytes(ByteBuffer(string: "abcd")).collect(upTo: 4).readableBytes == 4)
        #expect(try await RequestBody.none.collect(upTo: 0).readableBytes == 0)
    }
}
