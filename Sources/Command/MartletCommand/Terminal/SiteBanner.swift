import MartletAttached
import MartletServer
import MartletSettings

/// What `martlet serve` says once it serves: each route with its target, and where to reach them.
struct SiteBanner {
    let file: String
    let prepared: PreparedSite
    let running: RunningSite
    let addresses: [BoundAddress]

    func render(_ style: Style) -> String {
        var lines = ["\(style.bold("martlet \(Version.current)")) serves \(style.bold(file))"]
        for (route, (target, running)) in zip(prepared.site.routes, zip(prepared.targets, running.targets)) {
            lines.append(Banner.line(route.name, style.bold(route.target.name), style))
            let facts = running.facts(at: route.path, beside: prepared.site.paths(beside: route))
            lines += (target.facts + facts).map { Banner.line("", "\($0.title) \($0.text)", style) }
        }
        for entry in prepared.site.commands {
            let when = entry.command.schedule.map { " (\($0.text))" } ?? ""
            lines.append(Banner.line("Command", "\(entry.command.name)\(when): \(entry.command.run)", style))
        }
        if let fact = prepared.site.certificateFact { lines.append(Banner.line("Certificate", fact, style)) }
        lines.append(Banner.line("Limits", prepared.site.server.limits.summary, style))
        lines += Banner.lines(addresses.map(Banner.Listener.init), style)
        return prepared.site.secrets.masked(lines.joined(separator: "\n") + "\n")
    }
}
