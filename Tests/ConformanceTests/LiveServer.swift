import Logging
import MartletGateway
import MartletServer
import MartletTesting
import Synchronization

/// A server on a free port of this machine, started when the first request goes out. It serves until the process ends.
final class LiveServer: ConformanceTarget {
    private let start: Mutex<Task<SocketTarget, any Error>?> = Mutex(nil)
    private let makeApplication: @Sendable () async throws -> any Application

    init(_ makeApplication: @escaping @Sendable () async throws -> any Application) {
        self.makeApplication = makeApplication
    }

    func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        try await target.value.send(request)
    }

    private var target: Task<SocketTarget, any Error> {
        start.withLock { start in
            if let start { return start }
            let makeApplication = makeApplication
            let task = Task {
                let server = Server(
                    configuration: ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)], eventLoops: 1),
                    logger: Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
                )
                let bound = try await server.bind()
                let application = try await makeApplication()
                Task { try await server.serve(application) }
                guard case .tcp(let host, let port) = bound.first?.address else { throw NotListening() }
                return SocketTarget(host: host, port: port)
            }
            start = task
            return task
        }
    }

    private struct NotListening: Error {}
}
