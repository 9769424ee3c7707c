import Logging
import NIOCore
import NIOPosix

extension OwnApplication {
    /// How long requests of a test may take to end.
    private static let grace = Duration.seconds(5)

    /// Starts its parts, on a thread of their own, for as long as `body` takes: without a server, for tests.
    ///
    /// - Throws: why a part cannot be started, and what `body` throws.
    package func started<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let target = try OwnTarget(self)
            let logger = Logger(label: "martlet")
            let running = try await target.start(on: [group.next()], grace: Self.grace, logger: logger)
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            await running.stop(grace: Self.grace)
            try await group.shutdownGracefully()
            return try outcome.get()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }
}
