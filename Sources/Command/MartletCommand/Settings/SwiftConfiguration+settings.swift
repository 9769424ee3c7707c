package import MartletServer
import MartletSettings

/// The settings of a Swift program, a row for each.
extension SwiftConfiguration: Configurable {
    package static let defaults = SwiftConfiguration()

    package static let settings: [Setting<SwiftConfiguration>] = [
        Setting(
            "swift",
            \.program,
            .text(
                "program",
                accepts: "the path of a program that calls `App.run()`, such as `.build/release/blog`",
                read: { text in
                    guard !text.isEmpty else {
                        throw SettingError(description: "it is empty; write the path of a program")
                    }
                    return text
                },
                write: { $0.isEmpty ? "none" : $0 }
            )
            .relative { FileSystem.join($1, $0) },
            "The program to run, which is an application written in Swift",
            details: """
                It is started with `--bind` and the address of a Unix socket that nobody else can reach, and learns from the server \
                who the client is. One that ends is started again. One that does not start beside other routes does not stop them: it \
                answers 503 and is tried again, after a second, two, four, up to a minute. A reload starts another one and ends the first when the other answers.
                """,
            precedent: "systemd ExecStart"
        ),
        Setting(
            "arguments",
            \.arguments,
            .text(
                "argument",
                accepts: "arguments, in a list",
                read: { [$0] },
                write: { $0.isEmpty ? "none" : $0.joined(separator: " ") }
            )
            .repeated { $0 + $1 },
            "More arguments for it, such as `--log-level`, `debug`",
            precedent: "systemd ExecStart"
        ),
        Setting(
            "directory",
            \.directory,
            .workingFolder(otherwise: "that of the file"),
            "The folder to run it in",
            precedent: "systemd WorkingDirectory"
        ),
        Setting(
            "env",
            key: "environment",
            \.environment,
            .variables,
            "A variable for its environment",
            precedent: "systemd Environment",
            defaultText: "the server's own environment"
        ),
        Setting(
            "program-user",
            key: "user",
            \.user,
            .processUser,
            "Who it runs as, where that is not the server's own user",
            precedent: "systemd User"
        ),
        Setting(
            "start-timeout",
            \.startTimeout,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "How long it may take until it answers; then the start fails",
            precedent: "systemd TimeoutStartSec 90s"
        ),
        Setting(
            "reload",
            \.reloadsOnChange,
            .onOff,
            "Start it anew when its file has changed",
            precedent: "gunicorn --reload"
        ),
    ]
}
