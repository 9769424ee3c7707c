package import ArgumentParser
package import Logging
import MartletBytes
import MartletGateway
package import MartletServer
package import MartletSettings

/// What a program is told on its command line that serves an application of its own: what `martlet run` is told of the server.
package struct OwnSiteFlags: ParsableArguments {
    @OptionGroup(title: "Application") private var folders: StaticFlag
    @OptionGroup package var server: ServerFlags
    @OptionGroup(title: "Application") private var touch: SettingFlags<TouchConfiguration>
    @OptionGroup(title: "Development") private var development: DevelopmentFlag

    package init() {}

    package func validate() throws { try development.check(beside: server) }

    /// What they say of an application.
    ///
    /// - Throws: `ValidationError` where they do not go with it.
    package func site(of own: OwnApplication) throws -> OwnSite {
        var site = Site(
            server: server.configuration,
            log: server.log,
            touch: touch.value,
            defaultHost: Host(routes: [Route(path: .root, target: .own(own))] + folders.routes),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
        if !site.shareUser().isEmpty, let user = site.server.user {
            throw ValidationError("--user \(user): \(Site.userProblem(user))")
        }
        return OwnSite(name: own.name, site: site)
    }
}

/// A site whose application is of this program itself.
package struct OwnSite: Sendable {
    let name: String
    let site: Site

    /// How long everything has to end.
    package var grace: Duration { site.server.shutdownGrace }

    /// Says what there is to say of it in the server's log.
    package var logger: Logger { Self.logger(LogState(site.log)) }

    /// Serves it until TERM or INT. Why it could not be served is said on standard error.
    ///
    /// - Parameter lifetime: what is done around all that is served, when the addresses are taken.
    /// - Throws: the exit code.
    package func serve(
        within lifetime: @escaping @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        try await site.serve(as: name, within: lifetime) { Self.logger($0) }
    }

    /// Answers the one request that this process was started for, as a CGI program.
    ///
    /// - Returns: whether the web server has taken the answer.
    package func answer(_ program: CGIProgram) async throws -> Bool {
        let site = site.forOneRequest()
        return try await RequestService(prepared: try site.prepared(), logger: logger)
            .answer(program)
    }

    /// The program may have a logging system of its own, which cannot be known: that of the server leaves it alone.
    private static func logger(_ log: LogState) -> Logger { Logger(label: "martlet") { _ in StandardErrorLog(log) } }
}
