import Logging
import NIOCore
import NIOPosix

extension OwnApplication {
    /// How long requests of a test may take to end.
    private static let grace = Duration.seconds(5)

    /// Starts its parts for as long as `body` takes: without a server, for tests.
    ///
    /// - Throws: why a part cannot be started, and what `body` throws.
    package func started<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // Where a client in memory calls the application, too.
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        let running = try await OwnTarget(self).start(on: loops, grace: Self.grace, logger: Logger(label: "martlet"))
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await running.stop(grace: Self.grace)
        return try outcome.get()
    }
}
