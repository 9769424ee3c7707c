public import HTTPTypes
public import Logging
public import MartletGateway
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// Calls an application in memory, as a server would: on an event loop, by the rules of `Application`, and with an
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
    /// What applications have set, and what is sent back.
    public let cookies: CookieJar
    private let keepsCookies: Bool
    private let followsRedirects: Bool

    private static let connections = Atomic<UInt64>(0)
    private let requests = RequestCounter()

    /// - Parameters:
    ///   - scheme: what the client says it came over.
    ///   - address: the client's; none by default.
    ///   - limit: the largest body that is collected, in bytes.
    ///   - keepsCookies: whether cookies are kept and sent back, as a browser does and Flask's client. A request with a `Cookie` of its
    ///     own has that one.
    ///   - followsRedirects: whether the answer is that of the last one of redirects within the application.
    ///   - eventLoop: where the application is called; by default one of the process's own.
    ///   - logger: receives what applications log; nothing by default.
    public init(
        _ application: some Application,
        scheme: String = "http",
        address: SocketAddress? = nil,
        limit: Int = 64 << 20,
        keepsCookies: Bool = true,
        followsRedirects: Bool = false,
        eventLoop: (any EventLoop)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        let loop = eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        self.application = application
        self.limit = limit
        self.keepsCookies = keepsCookies
        self.followsRedirects = followsRedirects
        cookies = CookieJar()
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
    /// - Throws: ``ResponseTooLarge``, ``TooManyRedirects``, and errors of reading a file that the application returned. What the
    ///   application throws is an answer of 500, or ``TestResponse/Ending/aborted(_:)``.
    public func send(_ request: TestRequest) async throws -> TestResponse {
        var request = request
        var response = try await sendOnce(request)
        var targets = [request.target]
        while followsRedirects, let next = RedirectRules.next(after: request, response, scheme: connection.scheme) {
            guard targets.count <= RedirectRules.most else { throw TooManyRedirects(targets: targets + [next.target]) }
            targets.append(next.target)
            request = next
            response = try await sendOnce(next)
        }
        return response
    }

    private func sendOnce(_ request: TestRequest) async throws -> TestResponse {
        let exchange = exchange(request)
        let response = try await exchange.onLoop { try await exchange.run() }
        if keepsCookies { cookies.take(response.headers, from: Self.path(request)) }
        return response
    }

    /// The exchange of a request, with the cookies that belong to it.
    func exchange(_ request: TestRequest) -> TestExchange {
        var request = request
        if keepsCookies, !request.headers.contains(where: { $0.name == .cookie }),
            let field = cookies.field(for: Self.path(request), isSecure: connection.scheme == "https")
        {
            request.headers.append((.cookie, field))
        }
        return TestExchange(client: self, request: request, sequence: requests.next())
    }

    private static func path(_ request: TestRequest) -> String { String(request.target.prefix { $0 != "?" }) }
}

/// Numbers the requests of a connection.
final class RequestCounter: Sendable {
    private let value = Atomic<UInt64>(0)

    func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
}
