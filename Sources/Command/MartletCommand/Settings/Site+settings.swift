import MartletGateway
import MartletServer
import MartletSettings

/// The settings of a whole site that are neither of the listeners nor of a route.
extension Site: Configurable {
    static let defaults = Site()

    static let settings: [Setting<Site>] = [
        Setting(
            "redirect-to-https",
            \.redirectsToHTTPS,
            .onOff,
            "Whether clients of a plain `http` listener are sent to the `https` one, where there is one",
            details:
                "A request that a trusted proxy has got by https, or that comes over a Unix socket, is answered as it is.",
            precedent: "Caddy auto_https"
        )
    ]
}

/// The settings of a host.
extension Host: Configurable {
    static let defaults = Host()

    static let settings: [Setting<Host>] = [
        Setting(
            "names",
            \.names,
            .hostNames,
            "More names of the site; an asterisk stands for one part, as in `*.example.org`",
            precedent: "nginx server_name, Apache ServerAlias",
            defaultText: "none"
        )
    ]
}

extension SettingKind where Value == [HostName] {
    fileprivate static var hostNames: Self {
        var kind = Self.text(
            "name",
            accepts: "names, in a list",
            read: { [try HostName(parsing: $0)] },
            write: { $0.map { "\($0)" }.joined(separator: ", ") }
        )
        kind.identity = { $0.first.map { "\($0)" } }
        return kind.repeated { $0 + $1 }
    }
}
