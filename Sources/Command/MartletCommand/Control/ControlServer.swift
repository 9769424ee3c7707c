import FoundationEssentials
import Glibc
import HTTPTypes
import Logging
import MartletACME
import MartletAttached
import MartletGateway
import MartletPolicies
import MartletServer
import MartletSettings
import NIOCore

/// Answers `martlet status`, `reload`, `upgrade` and `purge`: Martlet's own server on a Unix socket, with this application behind it.
struct ControlServer: Application {
    let reloader: SiteReloader
    let upgrader: Upgrader

    /// How many open files it needs: those of an event loop, its socket, and some clients.
    static let descriptors = 8

    /// Begins to answer; nil where the socket cannot be had.
    static func start(
        _ reloader: SiteReloader,
        _ upgrader: Upgrader,
        logger: Logger
    ) async -> RunningControl? {
        guard ControlSocket.makeFolder() else {
            if ControlSocket.isTaken {
                logger.warning(
                    """
                    martlet status, reload and upgrade cannot reach this server: \(ControlSocket.folder) is not a folder of this user \
                    alone. Remove it, or set XDG_RUNTIME_DIR (RuntimeDirectory= in a unit of systemd) to a folder that is.
                    """
                )
            }
            return nil
        }
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
        let application = ControlServer(reloader: reloader, upgrader: upgrader)
        return RunningControl(server: server, serving: Task { try? await server.serve(application) })
    }

    func respond(to request: Request) async throws -> Response {
        switch (request.method, request.path) {
        case (.get, "/status"):
            let statuses = await reloader.statuses().map { RouteStatus(route: $0.route.name, status: $0.status) }
            let data = try JSONEncoder().encode(
                ServerStatus(
                    pid: getpid(),
                    version: Version.current,
                    file: reloader.running.site.origins?.path,
                    applications: statuses,
                    commands: reloader.commands.status.map { status in
                        var status = status
                        status.run = reloader.log.masked(status.run)
                        return status
                    },
                    certificates: await reloader.certificates.status,
                    caches: reloader.running.caches.map(\.report)
                )
            )
            return Response(
                headers: Headers([(.contentType, "application/json")]),
                body: .bytes(ByteBuffer(bytes: data))
            )
        case (.post, "/purge"):
            do throws(PolicyError) {
                let pattern = request.query.isEmpty ? PurgePattern.all : try PurgePattern(parsing: request.query)
                let count = reloader.running.caches.reduce(0) { $0 + $1.purge(pattern) }
                return .plain(.ok, "\(count) thrown away\n")
            } catch {
                return .plain(.badRequest, "\(error)\n")
            }
        case (.post, "/reload"):
            do {
                try await reloader.reload()
                return .plain(.ok, "reloaded\n")
            } catch {
                return .plain(.conflict, reloader.log.masked("\(ReloadRefused(error))\n"))
            }
        case (.post, "/upgrade"):
            do {
                let successor = try await upgrader.upgrade()
                ControlSocket.retire()
                reloader.end()
                // The successor has its own.
                Task { [reloader] in await reloader.commands.stop(within: reloader.running.site.server.shutdownGrace) }
                return .plain(.ok, "upgraded: process \(successor) has taken the place of \(getpid())\n")
            } catch {
                return .plain(.conflict, "The upgrade has failed, and the server goes on as before: \(error)\n")
            }
        default:
            return .plain(.notFound, "GET /status, POST /reload, POST /upgrade or POST /purge?URL\n")
        }
    }
}

/// A control server, until its own end.
struct RunningControl: Sendable {
    let server: Server
    let serving: Task<Void, Never>

    /// What it has been asked is answered yet.
    func end() { server.beginShutdown() }

    func ended() async {
        await serving.value
        ControlSocket.removeRetired()
    }
}

/// What `martlet status --json` prints.
struct ServerStatus: Codable {
    let pid: Int32
    let version: String
    /// The configuration file; nil for a server of flags.
    let file: String?
    let applications: [RouteStatus]
    /// What runs beside them.
    let commands: [AttachedStatus]
    /// Those that are got by themselves.
    let certificates: [CertificateStatus]
    let caches: [ResponseCacheReport]
}
