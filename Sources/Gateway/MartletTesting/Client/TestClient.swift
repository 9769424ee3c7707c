public import HTTPTypes
public import Logging
public import MartletGateway
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// Calls an application in memory, as a server would: on an event loop, by the rules of ``Application``, and with an
/// answer as a client would see it.
///
///     let client = TestClient(app)
///     try await client.get("/hello").expect(.ok, body: "Hello World!")
public struct TestClient: Sendable {
    let application: any Application
    let connection: ConnectionInfo
    let executor: LoopExecutor
    /// The largest body that is collected, in bytes.
    public let limit: Int

    private static let connections = Atomic<UInt64>(0)
    private let requests = RequestCounter()

    /// - Parameters:
    ///   - scheme: what the client says it came over.
    ///   - address: the client's; none by default.
    ///   - limit: the largest body that is collected, in bytes.
    ///   - eventLoop: where the application is called; by default one of the process's own.
    ///   - logger: receives what applications log; nothing by default.
    public init(
        _ application: some Application,
        scheme: String = "http",
        address: SocketAddress? = nil,
        limit: Int = 64 << 20,
        eventLoop: (any EventLoop)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        let loop = eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        self.application = application
        self.limit = limit
        if let known = LoopExecutor.of(loop) {
            executor = known
        } else {
            // Registered, as the executors of a server are.
            executor = LoopExecutor(loop)
            executor.register()
        }
        connection = ConnectionInfo(
            remoteAddress: address,
            localAddress: nil,
            scheme: scheme,
            eventLoop: loop,
            number: Self.connections.add(1, ordering: .relaxed).newValue,
            logger: logger
        )
    }

    @discardableResult
    public func get(_ target: String, headers: [(HTTPField.Name, String)] = []) async throws -> TestResponse {
        try await send(TestRequest(.get, target, headers: headers))
    }

    @discardableResult
    public func head(_ target: String, headers: [(HTTPField.Name, String)] = []) async throws -> TestResponse {
        try await send(TestRequest(.head, target, headers: headers))
    }

    @discardableResult
    public func options(_ target: String, headers: [(HTTPField.Name, String)] = []) async throws -> TestResponse {
        try await send(TestRequest(.options, target, headers: headers))
    }

    @discardableResult
    public func post(
        _ target: String,
        headers: [(HTTPField.Name, String)] = [],
        body: TestBody = .none
    ) async throws -> TestResponse {
        try await send(TestRequest(.post, target, headers: headers, body: body))
    }

    @discardableResult
    public func put(
        _ target: String,
        headers: [(HTTPField.Name, String)] = [],
        body: TestBody = .none
    ) async throws -> TestResponse {
        try await send(TestRequest(.put, target, headers: headers, body: body))
    }

    @discardableResult
    public func patch(
        _ target: String,
        headers: [(HTTPField.Name, String)] = [],
        body: TestBody = .none
    ) async throws -> TestResponse {
        try await send(TestRequest(.patch, target, headers: headers, body: body))
    }

    @discardableResult
    public func delete(
        _ target: String,
        headers: [(HTTPField.Name, String)] = [],
        body: TestBody = .none
    ) async throws -> TestResponse {
        try await send(TestRequest(.delete, target, headers: headers, body: body))
    }

    /// Sends any request.
    ///
    /// - Throws: ``ResponseTooLarge``, and errors of reading a file that the application returned. What the application
    ///   throws is an answer of 500, or ``TestResponse/Ending/aborted(_:)``.
    public func send(_ request: TestRequest) async throws -> TestResponse {
        let exchange = TestExchange(client: self, request: request, sequence: requests.next())
        return try await exchange.onLoop { try await exchange.run() }
    }
}

/// Numbers the requests of a connection.
final class RequestCounter: Sendable {
    private let value = Atomic<UInt64>(0)

    func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
}
