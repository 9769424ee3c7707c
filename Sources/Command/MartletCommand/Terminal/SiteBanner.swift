import MartletServer
import MartletWSGI

/// What `martlet serve` says once it serves: each application with its path, and where to reach them.
struct SiteBanner {
    let file: String
    let site: SiteConfiguration
    let interpreters: [Interpreter]
    let addresses: [BoundAddress]

    func render(_ style: Style) -> String {
        var lines = ["\(style.bold("martlet \(Version.current)")) serves \(style.bold(file))"]
        for (application, interpreter) in zip(site.applications, interpreters) {
            let pool = application.python
            let user = pool.user.map { ", as user \($0)" } ?? ""
            lines.append(Banner.line("\(application.path)", style.bold(pool.application), style))
            lines.append(
                Banner.line(
                    "",
                    "Python \(interpreter.version), \(interpreter.path) (\(Settings.keyNames(in: interpreter.reason)))",
                    style
                )
            )
            lines.append(Banner.line("", Banner.workers(pool.workers, threads: pool.threads) + user, style))
        }
        lines.append(Banner.line("Limits", site.limits.summary, style))
        lines += Banner.lines(addresses.map { Banner.Listener(url: $0.url, isWildcard: $0.address.isWildcard) }, style)
        return lines.joined(separator: "\n") + "\n"
    }
}
