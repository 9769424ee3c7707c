import Logging
import MartletPolicies
import MartletSettings

extension Site {
    /// Serves what flags say, until TERM or INT.
    ///
    /// - Parameters:
    ///   - name: what messages and the banner call it.
    ///   - lifetime: what is done around all that is served.
    ///   - makeLogger: the logger of the server, which writes to this log; without it, that is what the whole process logs by.
    /// - Throws: the exit code, after the person was told why.
    func serve(
        as name: String,
        within lifetime: SiteService.Lifetime? = nil,
        makeLogger: ((LogState) -> Logger)? = nil
    ) async throws {
        StartSignals.endProcess()
        let log = LogState(log, style: Style.forStandardError())
        if makeLogger == nil { LoggingSystem.bootstrap { _ in StandardErrorLog(log) } }
        var predecessor: Predecessor?
        do {
            let surroundings = try Surroundings.take()
            predecessor = surroundings.predecessor
            let certificate = needsDevelopmentCertificate ? try DevelopmentCertificate.find() : nil
            var site = self
            if let certificate { site.server.encrypt(with: certificate.site) }
            let prepared = try site.prepared()
            let service = SiteService(
                prepared: prepared,
                logger: makeLogger?(log) ?? Logger(label: "martlet"),
                log: log,
                surroundings: surroundings,
                lifetime: lifetime
            )
            try await service.run { [site] addresses, running in
                var banner = Banner(
                    name: name,
                    site: site,
                    targets: prepared.targets,
                    running: running,
                    addresses: addresses
                )
                if let certificate { banner.facts.append(("Certificate", certificate.advice)) }
                return banner.render(log.textStyle)
            }
        } catch {
            let failure = RunFailure(error, application: name)
            log.say(.critical, failure.text)
            predecessor?.failed(failure.text)
            throw failure.status.code
        }
    }

    /// Without policies: flags say none.
    func prepared() throws(TargetProblem) -> PreparedSite {
        var targets: [any PreparedTarget] = []
        for route in routes { targets.append(try route.target.prepare(isOneOfSeveral: false)) }
        return PreparedSite(
            site: self,
            targets: targets,
            policies: allHosts.map { HostPolicies(routes: $0.routes.map { _ in RoutePolicies() }) }
        )
    }
}
