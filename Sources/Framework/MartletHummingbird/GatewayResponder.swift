#if Hummingbird
internal import HTTPTypes
public import Hummingbird
internal import Logging
public import MartletGateway
public import NIOCore
public import NIOPosix

/// An application of Martlet as the responder of a server of Hummingbird 2: an `App`, a folder of files, or anything else that is an
/// `Application`.
///
///     let app = App()
///     app.get("/hello") { "Hello from Martlet" }
///     let server = Hummingbird.Application(responder: GatewayResponder<BasicRequestContext>(app))
///     try await server.runService()
///
/// The rules:
///
/// 1. It holds the rules of `Application` that are a server's: it is called on an event loop, HEAD and 304 carry no
///    body, lengths are what was announced, and a request body is read only as fast as the application reads it.
/// 2. Hummingbird has no informational answers and no way out of HTTP for an application: early hints are not sent, and upgrades
///    are answered with 501.
/// 3. The client's address is known if the context says it (`RemoteAddressRequestContext`).
public struct GatewayResponder<Context: RequestContext>: HTTPResponder {
    private let server: GatewayServer

    /// - Parameter group: where the application's tasks run. Use that of the server.
    public init(
        _ application: some MartletGateway.Application,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        server = GatewayServer(application, group: group)
    }

    @Sendable public func respond(to request: Hummingbird.Request, context: Context) async throws
        -> Hummingbird.Response
    {
        try await server.respond(to: request, caller: Caller(context))
    }
}

/// An application of Martlet below a path of a router of Hummingbird 2.
///
///     router.add(middleware: try GatewayMiddleware(app, at: "/shop"))
///
/// It is asked before the router's own routes, and sees the rest as its path.
public struct GatewayMiddleware<Context: RequestContext>: RouterMiddleware {
    private let server: GatewayServer
    private let mount: MountPath

    /// - Parameters:
    ///   - path: plain text that matches whole segments: `/shop` covers `/shop` and `/shop/x`, but not `/shopping`.
    ///   - group: where the application's tasks run. Use that of the server.
    /// - Throws: if the path does not begin with a slash, or is none otherwise; the description says why.
    public init(
        _ application: some MartletGateway.Application,
        at path: String,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        server = GatewayServer(application, group: group)
        mount = try MountPath(parsing: path)
    }

    @concurrent public func handle(
        _ request: Hummingbird.Request,
        context: Context,
        next: @concurrent (Hummingbird.Request, Context) async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        let path = Array((request.head.path ?? "").prefix { $0 != "?" }.utf8)
        guard let length = path.withUnsafeBytes({ mount.length(in: $0) }) else {
            return try await next(request, context)
        }
        return try await server.respond(to: request, caller: Caller(context), mountLength: length)
    }
}

/// Who asks, as far as the context says it.
struct Caller: Sendable {
    let remoteAddress: SocketAddress?
    let logger: Logger

    init(_ context: some RequestContext) {
        remoteAddress = (context as? any RemoteAddressRequestContext)?.remoteAddress
        logger = context.logger
    }
}
#endif
