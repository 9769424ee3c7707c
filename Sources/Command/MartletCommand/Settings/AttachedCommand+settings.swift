package import MartletAttached
package import MartletServer
import MartletSettings

/// The settings of a command that runs beside the applications, a row for each.
extension AttachedCommand: Configurable {
    package static let defaults = AttachedCommand()

    package static let settings: [Setting<AttachedCommand>] = [
        Setting(
            "run",
            \.run,
            .text(
                "command",
                accepts: "a command line; `/bin/sh` reads what is more than words and quotes",
                read: { text in
                    guard text.contains(where: { !$0.isWhitespace }) else {
                        throw SettingError(
                            description: "it is empty; write a command line, such as celery -A shop worker"
                        )
                    }
                    return text
                },
                write: { $0.isEmpty ? "none: it must be there" : $0 }
            ),
            "What is run",
            details: """
                It stays in the foreground, and what it writes is in the log with its name. One that ends is started again: at once if \
                it had lived for ten seconds, else after a second, two, four, up to a minute. A reload asks it to end and starts it anew; \
                a stop asks its process group to end, by SIGTERM, waits until all of it has, and kills it after `grace`.
                """,
            precedent: "uWSGI attach-daemon, a line of a Procfile"
        ),
        Setting(
            "schedule",
            \.schedule,
            .text(
                "times",
                accepts:
                    "five fields as in a crontab, `*/5 * * * *`; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`",
                read: { try Schedule(parsing: $0) },
                write: { $0?.text ?? "always" }
            ),
            "When it is run, in the time zone of the machine; without it, it runs always",
            details: """
                Names of months and days, ranges, lists and steps count as in crontab(5). Where the clock is put forward, a time that is \
                left out comes when that has happened; where it is put back, one that is there twice comes the first time, unless it is \
                one of every hour. A reload does not end a run.
                """,
            precedent: "crontab(5), uWSGI cron"
        ),
        Setting(
            "instances",
            \.instances,
            .count(1...100),
            "How many of it run at a time; with a schedule, a time at which so many still run is left out",
            precedent: "foreman --formation worker=2, uWSGI unique-cron"
        ),
        Setting(
            "time-limit",
            \.timeLimit,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "How long a run may take; then it is asked to end, and killed ten seconds later",
            precedent: "uWSGI cron-harakiri, systemd RuntimeMaxSec"
        ),
        Setting(
            "directory",
            \.directory,
            .workingFolder(otherwise: "that of the file"),
            "The folder to run it in",
            precedent: "systemd WorkingDirectory"
        ),
        Setting(
            "environment",
            \.environment,
            .variables,
            "A variable for its environment",
            precedent: "systemd Environment",
            defaultText: "the server's own environment"
        ),
        Setting(
            "user",
            \.user,
            .processUser,
            "Who it runs as, where that is not the server's own user",
            precedent: "systemd User"
        ),
    ]
}
