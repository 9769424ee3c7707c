#if Hummingbird
import Hummingbird
import Logging
import MartletTesting
import NIOCore
import ServiceLifecycle

/// A live server of Hummingbird on a port that the system chooses.
enum HummingbirdServer {
    static func with<Responder: HTTPResponder>(
        _ responder: Responder,
        _ body: @escaping @Sendable (SocketTarget) async throws -> Void
    ) async throws where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "hummingbird")
        logger.logLevel = .critical
        let application = Hummingbird.Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
                port.finish()
            },
            logger: logger
        )
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            guard let number = await ports.first(where: { _ in true }) else { return }
            try await body(SocketTarget(host: "127.0.0.1", port: number))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
#endif
