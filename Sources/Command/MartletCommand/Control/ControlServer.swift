import FoundationEssentials
import Glibc
import HTTPTypes
import Logging
import MartletGateway
import MartletServer
import NIOCore

/// Answers `martlet status` and `martlet reload`: Martlet's own server on a Unix socket, with this application behind it.
struct ControlServer: Application {
    let reloader: SiteReloader

    /// How many open files it needs: those of an event loop, its socket, and some clients.
    static let descriptors = 8

    /// Begins to answer; nil where the socket cannot be had.
    static func start(_ reloader: SiteReloader, logger: Logger) async -> Server? {
        guard ControlSocket.makeFolder() else { return nil }
        var configuration = ServerConfiguration()
        configuration.addresses = [.unix(path: ControlSocket.ownPath(of: getpid()))]
        configuration.eventLoops = 1
        configuration.accessLog = .off
        configuration.shutdownGrace = .seconds(1)
        configuration.socketPermissions = SocketPermissions(mode: 0o600)
        configuration.keepsEventLoops = true
        var quiet = logger
        quiet.logLevel = .critical
        let server = Server(configuration: configuration, logger: quiet)
        guard (try? await server.bind()) != nil else { return nil }
        Task { try? await server.serve(ControlServer(reloader: reloader)) }
        return server
    }

    func respond(to request: Request) async throws -> Response {
        switch (request.method, request.path) {
        case (.get, "/status"):
            var statuses: [TargetStatus] = []
            for target in reloader.targets {
                if let status = await target.status() { statuses.append(status) }
            }
            let data = try JSONEncoder().encode(
                ServerStatus(pid: getpid(), version: Version.current, applications: statuses)
            )
            return Response(
                headers: Headers([(.contentType, "application/json")]),
                body: .bytes(ByteBuffer(bytes: data))
            )
        case (.post, "/reload"):
            do {
                try await reloader.reload()
                return .plain(.ok, "reloaded\n")
            } catch {
                return .plain(.conflict, "\(ReloadRefused(error))\n")
            }
        default:
            return .plain(.notFound, "GET /status or POST /reload\n")
        }
    }
}

/// What `martlet status --json` prints.
struct ServerStatus: Codable {
    let pid: Int32
    let version: String
    let applications: [TargetStatus]
}
