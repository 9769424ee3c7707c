import Logging
import MartletBytes
import MartletSettings

extension Site {
    /// Serves what flags say, until TERM or INT.
    ///
    /// - Parameter name: what messages and the banner call it.
    /// - Throws: the exit code, after the person was told why.
    func serve(as name: String) async throws {
        StartSignals.endProcess()
        let style = Style.forStandardError()
        let level = log.level
        LoggingSystem.bootstrap { _ in StandardErrorLog(logLevel: level, style: style) }
        do {
            let surroundings = try Surroundings.take()
            let targets = try routes.map { try $0.target.prepare(isOneOfSeveral: false) }
            let service = SiteService(
                prepared: PreparedSite(site: self, targets: targets),
                logger: Logger(label: "martlet"),
                surroundings: surroundings
            )
            try await service.run { addresses in
                Banner(name: name, site: self, targets: targets, addresses: addresses).render(style)
            }
        } catch {
            let failure = RunFailure(error, application: name)
            StandardError.write(failure.text)
            throw failure.status.code
        }
    }
}
