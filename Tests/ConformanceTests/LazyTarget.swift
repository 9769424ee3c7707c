import Logging
import MartletCGI
import MartletGateway
import MartletServer
import MartletTesting
import NIOCore
import NIOPosix
import Synchronization

/// A target that is started when the first request goes out, and lives until the process ends.
final class LazyTarget: ConformanceTarget {
    typealias MakeApplication = @Sendable (_ eventLoops: [any EventLoop]) async throws -> any Application

    private let started = Mutex<Task<any ConformanceTarget, any Error>?>(nil)
    private let start: @Sendable () async throws -> any ConformanceTarget

    private init(start: @escaping @Sendable () async throws -> any ConformanceTarget) {
        self.start = start
    }

    func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        let task = started.withLock { started in
            let task = started ?? Task { [start] in try await start() }
            started = task
            return task
        }
        return try await task.value.send(request)
    }

    /// The client in memory.
    static func inMemory(_ makeApplication: @escaping MakeApplication) -> LazyTarget {
        LazyTarget {
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            func client(_ application: some Application) -> TestClient { TestClient(application, eventLoop: loop) }
            return client(try await makeApplication([loop]))
        }
    }

    /// The server on a free port of this machine, asked in HTTP/1.1.
    static func http1(_ makeApplication: @escaping MakeApplication) -> LazyTarget {
        server(.http, makeApplication) { SocketTarget(host: $0, port: $1) }
    }

    /// The same, asked in HTTP/2.
    static func http2(_ makeApplication: @escaping MakeApplication) -> LazyTarget {
        server(.http, makeApplication) { HTTP2Target(host: $0, port: $1) }
    }

    /// The same, asked as nginx asks a server behind it.
    static func cgi(_ carrier: CGIProtocol, _ makeApplication: @escaping MakeApplication) -> LazyTarget {
        let scheme: ListenScheme = carrier == .uwsgi ? .uwsgi : .scgi
        return server(scheme, makeApplication) { CGITarget(carrier: carrier, host: $0, port: $1) }
    }

    private static func server(
        _ scheme: ListenScheme,
        _ makeApplication: @escaping MakeApplication,
        _ client: @escaping @Sendable (_ host: String, _ port: Int) -> any ConformanceTarget
    ) -> LazyTarget {
        LazyTarget {
            var configuration = ServerConfiguration(
                addresses: [ListenAddress(.tcp(host: "127.0.0.1", port: 0), scheme: scheme)],
                eventLoops: 1
            )
            // A busy machine is slower than any client.
            configuration.limits.headTimeout = .seconds(120)
            configuration.limits.bodyGrace = .seconds(120)
            let server = Server(
                configuration: configuration,
                logger: Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
            )
            let bound = try await server.bind()
            let application = try await makeApplication(server.eventLoops)
            func serve(_ application: some Application) async throws { try await server.serve(application) }
            Task { try await serve(application) }
            guard case .tcp(let host, let port) = bound.first?.address else { throw NotListening() }
            return client(host, port)
        }
    }

    private struct NotListening: Error {}
}
