import Logging
import MartletPolicies
import MartletSettings

extension Site {
    /// Serves what flags say, until TERM or INT.
    ///
    /// - Parameter name: what messages and the banner call it.
    /// - Throws: the exit code, after the person was told why.
    func serve(as name: String) async throws {
        StartSignals.endProcess()
        let log = LogState(log, style: Style.forStandardError())
        LoggingSystem.bootstrap { _ in StandardErrorLog(log) }
        var predecessor: Predecessor?
        do {
            let surroundings = try Surroundings.take()
            predecessor = surroundings.predecessor
            let certificate = needsDevelopmentCertificate ? try DevelopmentCertificate.find() : nil
            var site = self
            if let certificate { site.server.encrypt(with: certificate.site) }
            let targets = try routes.map { try $0.target.prepare(isOneOfSeveral: false) }
            let service = SiteService(
                prepared: PreparedSite(
                    site: site,
                    targets: targets,
                    policies: site.allHosts.map { HostPolicies(routes: $0.routes.map { _ in RoutePolicies() }) }
                ),
                logger: Logger(label: "martlet"),
                log: log,
                surroundings: surroundings
            )
            try await service.run { [site] addresses, running in
                var banner = Banner(name: name, site: site, targets: targets, running: running, addresses: addresses)
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
}
