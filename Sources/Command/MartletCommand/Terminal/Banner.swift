import MartletGateway
import MartletServer
import MartletSettings

/// What `martlet run` says once it serves: what, with which Python, how, and where.
struct Banner {
    struct Listener {
        /// With the port that it really has.
        let url: String
        /// Whether it can be reached at every address of the machine.
        let isWildcard: Bool
    }

    let name: String
    /// What there is to say of the target, a title and a text each.
    var facts: [(title: String, text: String)]
    /// The limits in force, in one line.
    let limits: String
    let listeners: [Listener]

    /// The text, one fact a line and the addresses last: whoever waits for an address has seen the rest.
    func render(_ style: Style) -> String {
        var lines = ["\(style.bold("martlet \(Version.current)")) serves \(style.bold(name))"]
        lines += facts.map { Self.line($0.title, $0.text, style) }
        lines.append(Self.line("Limits", limits, style))
        return (lines + Self.lines(listeners, style)).joined(separator: "\n") + "\n"
    }

    static func line(_ title: String, _ text: String, _ style: Style) -> String {
        "  " + style.faint(title.padded(to: 11)) + text
    }

    static func lines(_ listeners: [Listener], _ style: Style) -> [String] {
        listeners.enumerated()
            .map { index, listener in
                let reach = listener.isWildcard ? " (and every other address of this machine)" : ""
                return line(index == 0 ? "Listening" : "", style.link(listener.url) + reach, style)
            }
    }
}

extension Banner {
    init(
        name: String,
        site: Site,
        targets: [any PreparedTarget],
        running: RunningSite,
        addresses: [BoundAddress]
    ) {
        self.init(
            name: name,
            facts: zip(site.routes, zip(targets, running.targets)).flatMap { route, target in
                route.path.depth == 0
                    ? target.0.facts + target.1.facts(at: route.path, beside: site.paths(beside: route))
                    : [("\(route.path)", target.0.summary)]
            },
            limits: site.server.limits.summary,
            listeners: addresses.map(Listener.init)
        )
    }
}

extension Banner.Listener {
    init(_ bound: BoundAddress) {
        let isWildcard =
            switch bound.address {
            case .tcp("0.0.0.0", _), .tcp("::", _): true
            default: false
            }
        self.init(url: bound.url, isWildcard: isWildcard)
    }
}
