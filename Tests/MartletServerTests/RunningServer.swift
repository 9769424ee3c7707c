import Logging
import MartletGateway
import MartletServer
import NIOCore
import Synchronization
import Testing

/// A server that runs for the time of a closure.
struct RunningServer: Sendable {
    let server: Server
    let port: Int
    let log: CapturedLog
    private let serving: Task<Void, any Error>

    func connect(receiveBuffer: CInt? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer)
    }

    /// Sends one request on a connection of its own and reads until the server closes.
    func exchange(_ request: String) async throws -> String {
        let client = try connect()
        try await client.send(request)
        return try await client.readToEnd()
    }

    /// Returns when the server has stopped.
    func stopped() async throws { try await serving.value }

    static func with(
        _ application: some Application,
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (RunningServer) async throws -> Void
    ) async throws {
        var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)], eventLoops: 1)
        configuration.tick = .milliseconds(20)
        configuration.shutdownGrace = .seconds(120)
        // A busy machine is slower than any client: tests of times set their own.
        configuration.limits.headTimeout = .seconds(120)
        configuration.limits.idleTimeout = .seconds(300)
        configuration.limits.bodyGrace = .seconds(120)
        configuration.limits.sendTimeout = .seconds(300)
        configuration.limits.lingerSilence = .seconds(120)
        configure(&configuration)
        let log = CapturedLog()
        let server = Server(configuration: configuration, logger: log.logger)
        let bound = try await server.bind()
        let serving = Task { try await server.serve(application) }
        var port = 0
        if case .tcp(_, let number)? = bound.first?.address { port = number }
        let running = RunningServer(server: server, port: port, log: log, serving: serving)
        do {
            try await body(running)
        } catch {
            server.closeNow()
            throw error
        }
        server.closeNow()
        try await serving.value
    }

    static func with(
        _ respond: @escaping @Sendable (Request) async throws -> Response,
        configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (RunningServer) async throws -> Void
    ) async throws {
        try await with(ApplicationClosure(respond), configure: configure, body)
    }
}

/// What a server logs.
final class CapturedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level): \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// A switch that a test throws and an application waits for, or the other way round.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send() { continuation.yield() }

    func wait() async {
        for await _ in stream { return }
    }
}

/// What happened, in order, on whichever thread.
final class Notes: Sendable {
    private let notes = Mutex<[String]>([])

    var all: [String] { notes.withLock { $0 } }

    func add(_ note: String) { notes.withLock { $0.append(note) } }
}
