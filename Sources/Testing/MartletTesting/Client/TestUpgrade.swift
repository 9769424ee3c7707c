public import HTTPTypes
public import MartletGateway
public import NIOCore
internal import Synchronization

/// A connection that left HTTP: both directions, from the client's side.
public struct TestUpgrade: Sendable {
    public let status: HTTPResponse.Status
    public let headers: Headers
    private let input: BodyStream
    private let output: BodyStream
    private let sink: StreamSink
    private let task: Task<Void, Never>

    fileprivate init(_ rules: ResponseRules, _ input: BodyStream, _ sink: StreamSink, _ task: Task<Void, Never>) {
        status = rules.status
        headers = rules.headers
        self.input = input
        self.sink = sink
        self.task = task
        output = sink.stream
    }

    public func send(_ text: String) { send(ByteBuffer(string: text)) }

    public func send(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { _ = input.feed(bytes) }
    }

    /// Ends the client's direction.
    public func finish() { input.finish() }

    /// The client goes away without a word: the application's task is cancelled.
    public func leave() {
        input.fail(ClientDisconnected())
        sink.leave()
        task.cancel()
    }

    /// The server stops: those are told who have asked for it.
    public func stopServer() { sink.stop() }

    /// Returns when the application is done with the connection.
    public func waitForEnd() async { await task.value }

    /// What the application sent next; nil when it has ended its direction.
    ///
    /// - Throws: what the application threw.
    public func receive() async throws -> ByteBuffer? { try await output.next() }
}

/// An application was asked to leave HTTP and answered otherwise.
public struct NotUpgraded: Error, CustomStringConvertible {
    public let status: HTTPResponse.Status
    public let headers: Headers
    /// Of its body, if that was whole.
    public let text: String
    public var description: String {
        "The application did not upgrade the connection: it answered \(status) \(text.prefix(500).debugDescription)."
    }

    init(_ rules: ResponseRules) {
        status = rules.status
        headers = rules.headers
        if case .bytes(let bytes) = rules.body { text = String(buffer: bytes) } else { text = "" }
    }
}

extension TestClient {
    /// Asks the application to upgrade the connection.
    ///
    /// - Throws: ``NotUpgraded`` if it answers otherwise.
    public func upgrade(_ target: String, headers: [(HTTPField.Name, String)] = []) async throws -> TestUpgrade {
        let exchange = exchange(TestRequest(.get, target, headers: headers))
        return try await exchange.onLoop {
            let (rules, _) = await exchange.respond(wantsUpgrade: true)
            guard case .upgrade(let take) = rules.body else { throw NotUpgraded(rules) }
            let input = BodyStream(length: nil, source: PushedSource())
            let sink = StreamSink(BodyStream(length: nil, source: PushedSource()))
            let task = Task(executorPreference: exchange.client.executor) {
                do {
                    try await take(UpgradedConnection(input: input, output: BodyWriter(sink)))
                    sink.stream.finish()
                } catch {
                    sink.stream.fail(error)
                }
            }
            return TestUpgrade(rules, input, sink, task)
        }
    }
}

/// A stream that is fed without being asked.
private final class PushedSource: BodySource {
    func bodyIsWanted() {}
}

/// Hands what is written to a stream.
private final class StreamSink: BodySink {
    private struct State {
        var observers: [@Sendable () -> Void] = []
        var isStopping = false
        var isGone = false
    }

    let stream: BodyStream
    private let state = Mutex(State())

    init(_ stream: BodyStream) { self.stream = stream }

    func write(_ bytes: ByteBuffer) async throws {
        if state.withLock({ $0.isGone }) { throw ClientDisconnected() }
        _ = stream.feed(bytes)
        // A socket makes a writer wait now and then.
        await Task.yield()
    }

    func observeStop(_ tell: @escaping @Sendable () -> Void) {
        let isStopping = state.withLock { state in
            if !state.isStopping { state.observers.append(tell) }
            return state.isStopping
        }
        if isStopping { tell() }
    }

    func stop() {
        let observers = state.withLock { state in
            state.isStopping = true
            defer { state.observers = [] }
            return state.observers
        }
        for tell in observers { tell() }
    }

    func leave() { state.withLock { $0.isGone = true } }
}
