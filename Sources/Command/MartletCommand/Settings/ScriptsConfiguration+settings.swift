package import MartletCGIScripts
import MartletGateway
package import MartletServer
import MartletSettings

/// The settings of CGI scripts, a row for each.
extension ScriptsConfiguration: Configurable {
    package static let defaults = ScriptsConfiguration(path: "")

    package static let settings: [Setting<ScriptsConfiguration>] = [
        Setting(
            "DIR",
            key: "cgi",
            \.path,
            .scripts,
            "The folder of the scripts, or one script, which then answers every path below the route",
            details: """
                In a folder the first part of the path that is a file is the script, and the rest its `PATH_INFO`. It has to be \
                executable. Names that begin with a dot, and links that leave the folder, are not found.
                """,
            precedent: "Apache ScriptAlias, lighttpd cgi.assign"
        ),
        Setting(
            "processes",
            \.processes,
            .count(1...1000),
            "How many scripts run at a time; other requests wait in their order",
            precedent: "Apache MaxRequestWorkers, fcgiwrap -c 1"
        ),
        Setting(
            "queue",
            \.queue,
            .count(0...100_000),
            "How many requests may wait for a script to end; more get 503, and so do those that wait for longer than `timeout`",
            precedent: "Apache ListenBackLog 511"
        ),
        Setting(
            "timeout",
            \.timeout,
            .duration(.milliseconds(1) ... .year),
            "How long a script may neither write nor read; then the client gets 504, and the script SIGTERM, and SIGKILL after 3 s",
            details: """
                Its whole process group gets them. The time in which the client is waited for, to send or to take more, does not count.
                """,
            precedent: "Apache CGIScriptTimeout 60, lighttpd cgi.limits"
        ),
        Setting(
            "request-buffering",
            \.requestBuffering,
            .onOff,
            "Take request bodies in before a script is started",
            details: """
                A client that sends slowly then holds no process. Up to 64 KB are in memory, the rest in a file without a name in `TMPDIR`. \
                Off is for scripts that read a body while it arrives; one without a length is taken in either way, as CGI tells the length.
                """,
            precedent: "nginx fastcgi_request_buffering on"
        ),
        Setting(
            "response-buffering",
            \.responseBuffering,
            .onOff,
            "Take answers from a script at its own speed, whatever the speed of the client",
            details: """
                What a slow client has not taken yet is in memory, up to 1 MB of an answer, and beyond that in a file without a name in \
                `TMPDIR`. Nothing is delayed: events are on their way at once.
                """,
            precedent: "nginx fastcgi_buffering on"
        ),
        Setting(
            "response-buffering-limit",
            \.responseBufferingLimit,
            .size(0...1 << 40),
            "How much of one answer is kept so at most; beyond it the script waits for the client",
            precedent: "nginx fastcgi_max_temp_file_size 1024m"
        ),
        Setting(
            "env",
            key: "environment",
            \.environment,
            .variables,
            "A variable for the scripts, beside those of CGI; may be given several times",
            details: """
                Of the server's own environment scripts get `PATH`, `LANG`, `LC_ALL`, `TZ` and `TMPDIR`, and nothing else.
                """,
            precedent: "Apache SetEnv, PassEnv",
            defaultText: "those of CGI"
        ),
        Setting(
            "script-user",
            key: "user",
            \.user,
            .processUser,
            "Who scripts run as, where that is not the server's own user",
            precedent: "Apache SuexecUserGroup"
        ),
    ]
}

extension SettingKind where Value == String {
    fileprivate static var scripts: Self {
        var kind = Self.text(
            "DIR",
            accepts: "an existing folder, or an executable file",
            read: { text in
                guard !text.isEmpty else { throw SettingError(description: "it is a folder of scripts, or a script") }
                return text
            },
            write: { $0.isEmpty ? "none: it must be there" : $0 }
        )
        kind.format.isArgument = true
        return kind.relative { $0.isEmpty ? $0 : FileSystem.join($1, $0) }
    }
}
