import Logging
import MartletBytes
import MartletPolicies
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
                surroundings: surroundings
            )
            try await service.run { [site] addresses, running in
                var banner = Banner(name: name, site: site, targets: targets, running: running, addresses: addresses)
                if let certificate { banner.facts.append(("Certificate", certificate.advice)) }
                return banner.render(style)
            }
        } catch {
            let failure = RunFailure(error, application: name)
            StandardError.write(failure.text)
            predecessor?.failed(failure.text)
            throw failure.status.code
        }
    }
}
