#if Hummingbird
internal import HTTPTypes
public import Hummingbird
internal import Logging
public import MartletGateway
internal import NIOCore
public import ServiceLifecycle

/// An application of Hummingbird 2 as one of Martlet: everything that Martlet has in front of an application, such as listeners,
/// TLS, limits, policies and logs, is in front of it too.
///
///     let router = Router()
///     router.get("hello") { _, _ in "Hello from Hummingbird" }
///
///     let app = App()
///     app.mount("/legacy", HummingbirdApplication(router.buildResponder()))
///     try await app.run()
///
/// The rules:
///
/// 1. It sees the path below its mount, since Hummingbird has no word for the rest.
/// 2. Its configuration of a server (address, TLS, backlog, `Server` field) is not used. Its services run if ``services`` are
///    given to the app, and what it does before it serves is ``prepare()``.
/// 3. Connections do not leave HTTP: a WebSocket of Hummingbird has to stay there.
public struct HummingbirdApplication: MartletGateway.Application {
    /// What has to run beside the requests: `for service in legacy.services { app.background(service) }`.
    public let services: [any Service]
    private let preparations: [@Sendable () async throws -> Void]
    private let answer:
        @Sendable (Hummingbird.Request, ApplicationRequestContextSource) async throws -> Hummingbird.Response

    /// The responder that a router builds, without services.
    public init<Responder: HTTPResponder>(_ responder: Responder)
    where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        self.init(responder, services: [], preparations: [])
    }

    /// A whole application.
    ///
    /// - Throws: what the application throws when it makes its responder.
    public init<Whole: ApplicationProtocol>(_ application: Whole) async throws {
        self.init(
            try await application.responder,
            services: application.services,
            preparations: application.processesRunBeforeServerStart
        )
    }

    private init<Responder: HTTPResponder>(
        _ responder: Responder,
        services: [any Service],
        preparations: [@Sendable () async throws -> Void]
    ) where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        self.services = services
        self.preparations = preparations
        answer = { request, source in
            try await responder.respond(to: request, context: Responder.Context(source: source))
        }
    }

    /// Does what the application does before it serves: `app.onStart(legacy.prepare)`.
    @Sendable public func prepare() async throws {
        for prepare in preparations { try await prepare() }
    }

    public func respond(to request: MartletGateway.Request) async throws -> MartletGateway.Response {
        let source = ApplicationRequestContextSource(
            channel: RequestChannel(request.connection),
            logger: Self.logger(of: request)
        )
        return Self.response(try await answer(Self.request(request), source))
    }
}

// MARK: - From one's values to the other's

extension HummingbirdApplication {
    /// Hummingbird takes its request's id from the metadata, and traps where there is none.
    private static func logger(of request: MartletGateway.Request) -> Logger {
        var logger = request.logger
        logger[metadataKey: "hb.request.id"] = .string(request.id)
        // The logger that logs nothing keeps nothing either.
        if logger[metadataKey: "hb.request.id"] == nil {
            logger = Logger(label: logger.label, factory: { _ in SilentHandler() })
            logger[metadataKey: "hb.request.id"] = .string(request.id)
        }
        return logger
    }

    private static func request(_ request: MartletGateway.Request) -> Hummingbird.Request {
        var head = request.httpRequest
        // In these types the host is the authority, and nothing else.
        head.headerFields.removeAll { $0.name.canonicalName == "host" }
        let path = String(decoding: request.pathBytes, as: UTF8.self)
        head.path = (path.isEmpty ? "/" : path) + (request.head.query.map { "?" + request.head.string($0) } ?? "")
        let body =
            switch request.body.storage {
            case .none: Hummingbird.RequestBody(buffer: ByteBuffer())
            case .bytes(let bytes): Hummingbird.RequestBody(buffer: bytes)
            case .stream: Hummingbird.RequestBody(asyncSequence: request.body)
            }
        return Hummingbird.Request(head: head, body: body)
    }

    private static func response(_ given: Hummingbird.Response) -> MartletGateway.Response {
        var headers = Headers()
        for field in given.headers { headers.append(field.name, field.value) }
        let announced = headers.announcedLength
        headers.remove(.contentLength)
        // An answer to HEAD has the length in its fields alone, and its body is empty.
        let length = given.body.contentLength == 0 ? announced ?? 0 : given.body.contentLength
        guard length != 0 else { return MartletGateway.Response(status: given.status, headers: headers) }
        let body = given.body
        return MartletGateway.Response(
            status: given.status,
            headers: headers,
            body: .stream(length: length) { writer in try await body.write(StreamedBodyWriter(writer)) }
        )
    }
}

/// Logs nothing, but keeps its metadata.
private struct SilentHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.critical

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}

/// Writes a body of Hummingbird's as a streamed one.
private struct StreamedBodyWriter: ResponseBodyWriter {
    private let writer: BodyWriter

    init(_ writer: BodyWriter) { self.writer = writer }

    func write(_ buffer: ByteBuffer) async throws { try await writer.write(buffer) }

    consuming func finish(_ trailer: HTTPFields?) async throws {
        guard let trailer, !trailer.isEmpty else { return }
        await writer.setTrailer(Headers(trailer.map { ($0.name, $0.value) }))
    }
}
#endif
