import MartletGateway
import MartletServer
import MartletSettings

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
