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

    init(status: HTTPResponse.Status, headers: Headers, input: BodyStream, output: BodyStream) {
        self.status = status
        self.headers = headers
        self.input = input
        self.output = output
    }

    public func send(_ text: String) { send(ByteBuffer(string: text)) }

    public func send(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { _ = input.feed(bytes) }
    }

    /// Ends the client's direction.
    public func finish() { input.finish() }

    /// What the application sent next; nil when it has ended its direction.
    ///
    /// - Throws: what the application threw.
    public func receive() async throws -> ByteBuffer? { try await output.next() }
}

/// An application was asked to leave HTTP and answered otherwise.
public struct NotUpgraded: Error, CustomStringConvertible {
    public let status: HTTPResponse.Status
    public var description: String { "The application did not upgrade the connection: it answered \(status)." }
}

extension TestClient {
    /// Asks the application to upgrade the connection.
    ///
    /// - Throws: ``NotUpgraded`` if it answers otherwise.
    public func upgrade(_ target: String, headers: [(HTTPField.Name, String)] = []) async throws -> TestUpgrade {
        let exchange = TestExchange(client: self, request: TestRequest(.get, target, headers: headers), sequence: 1)
        return try await exchange.onLoop {
            let (rules, _) = await exchange.respond()
            guard case .upgrade(let take) = rules.body else { throw NotUpgraded(status: rules.status) }
            let input = BodyStream(length: nil, source: PushedSource())
            let output = BodyStream(length: nil, source: PushedSource())
            Task(executorPreference: exchange.client.executor) {
                do {
                    try await take(UpgradedConnection(input: input, output: BodyWriter(StreamSink(output))))
                    output.finish()
                } catch {
                    output.fail(error)
                }
            }
            return TestUpgrade(status: rules.status, headers: rules.headers, input: input, output: output)
        }
    }
}

/// A stream that is fed without being asked.
private final class PushedSource: BodySource {
    func bodyIsWanted() {}
}

/// Hands what is written to a stream.
private final class StreamSink: BodySink {
    private let stream: BodyStream

    init(_ stream: BodyStream) { self.stream = stream }

    func write(_ bytes: ByteBuffer) async throws { _ = stream.feed(bytes) }
}
