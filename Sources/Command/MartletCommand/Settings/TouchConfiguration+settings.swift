import MartletServer
import MartletSettings

/// The settings of what reloads a site besides a signal.
extension TouchConfiguration: Configurable {
    static let defaults = TouchConfiguration()

    static let settings: [Setting<TouchConfiguration>] = [
        Setting(
            "touch-reload",
            \.files,
            .touched,
            "Files whose change reloads, as the signal HUP does; may be given several times",
            details: """
                They are looked at once a second: `touch restart.txt` is enough. A file need not be there yet, and one that goes \
                away reloads nothing.
                """,
            precedent: "uWSGI touch-reload, Passenger tmp/restart.txt",
            elsewhere: ["--reload-extra-file": "FILE"],
            defaultText: "none"
        )
    ]
}

extension SettingKind where Value == [String] {
    fileprivate static var touched: Self {
        var kind = Self.text(
            "file",
            accepts: "the path of a file",
            read: { text in
                guard !text.isEmpty else { throw SettingError(description: "it is empty; write the path of a file") }
                return [text]
            },
            write: { $0.isEmpty ? "none" : $0.joined(separator: ",") }
        )
        kind.identity = { $0.first }
        return kind.repeated { $0 + $1 }.relative { $0.isEmpty ? $0 : FileSystem.join($1, $0) }
    }
}
