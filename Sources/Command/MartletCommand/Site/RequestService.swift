import Logging
import MartletBytes
import MartletMonitoring
import MartletServer
import MartletSettings

/// Runs a site for the one request that this process was started for.
struct RequestService: Sendable {
    let prepared: PreparedSite
    let logger: Logger

    /// How long an application may take to end when its answer is out.
    private static let endTime = Duration.seconds(2)

    /// Starts everything, answers, and ends everything.
    ///
    /// - Returns: whether the web server has taken the answer.
    /// - Throws: ``SiteStartFailure`` where targets cannot be started, and what the server throws.
    func answer(_ program: CGIProgram) async throws -> Bool {
        var settings = prepared.server
        settings.keepsEventLoops = true
        let server = Server(configuration: settings, logger: logger)
        for concern in prepared.concerns { logger.warning("\(Sentence.ended(concern))") }
        let running = try await TargetStarter(server: server, logger: logger).start(prepared)
        let isTaken = try await program.answer(by: server, with: running.application)
        await running.targets.stop(within: Self.endTime)
        return isTaken
    }
}
