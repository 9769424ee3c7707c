import MartletGateway
package import MartletServer
import MartletSettings
package import MartletWSGI

/// The settings of a Python application, a row for each.
extension PythonConfiguration: Configurable {
    package static let defaults = PythonConfiguration(application: "", workers: Processors.available, threads: 4)

    /// Far beyond use: a typing error should not start a million processes. Apache's ServerLimit and ThreadLimit stop at 20,000.
    private static let countLimit = 1000

    package static let settings: [Setting<PythonConfiguration>] = [
        Setting(
            "APP",
            key: "wsgi",
            \.application,
            .application,
            "The application",
            precedent: "gunicorn APP_MODULE, uWSGI module",
            elsewhere: [
                "--module": "hello:app", "--wsgi": "hello:app", "--app": "hello:app", "--wsgi-file": "hello.py",
            ]
        ),
        Setting(
            "workers",
            \.workers,
            .count(
                1...countLimit,
                of: "workers",
                advice: "leave it out for one per core, here \(Processors.available)"
            ),
            "How many Python processes run the app",
            details: """
                Each has an interpreter and a GIL of its own: more workers use more cores, and more memory. A worker that dies \
                is replaced, and the others go on.
                """,
            precedent: "gunicorn --workers 1, uWSGI processes 1",
            elsewhere: ["-w": "", "--processes": ""],
            defaultText: "one per core"
        ),
        Setting(
            "workers-min",
            \.minimumWorkers,
            .workersOrAll(1...countLimit),
            "How many there are at least; more are started while requests wait, up to `workers`, and end when they have nothing to do",
            details: """
                One is added when a request has waited for 100 ms, then two, then four, each when the ones before take requests. With \
                `reload` all are always there.
                """,
            precedent: "uWSGI cheaper, php-fpm pm.min_spare_servers",
            elsewhere: ["--cheaper": ""]
        ),
        Setting(
            "workers-idle",
            \.workersIdle,
            .duration(.milliseconds(1) ... .year),
            "How long one worker fewer must have been enough before one ends, with `workers-min`",
            precedent: "php-fpm pm.process_idle_timeout 10s, NGINX Unit idle_timeout 15s"
        ),
        Setting(
            "threads",
            \.threads,
            .count(1...countLimit, of: "threads", advice: "use 1 for an app that is not thread-safe"),
            "How many requests each worker runs at a time",
            details: """
                While one thread waits, for a database or another server, the others run. With 1 the app runs on the thread that \
                imported it, as some libraries require.
                """,
            precedent: "gunicorn --threads 1, waitress --threads 4"
        ),
        Setting(
            "python",
            \.python,
            .text(
                "path",
                accepts: "the path of an interpreter, or a name that is looked up in `PATH`",
                read: { try nonEmpty($0, "the path of an interpreter, such as .venv/bin/python") },
                write: {
                    $0
                        ?? "Martlet's environment, VIRTUAL_ENV, .venv, venv or env beside the app, CONDA_PREFIX, then python3"
                }
            )
            // A name without a slash is looked up in PATH.
            .relative { $0.contains("/") ? FileSystem.join($1, $0) : $0 },
            "The Python to run the app with",
            precedent: "uWSGI virtualenv",
            elsewhere: ["-H": "", "--home": "", "--venv": "", "--virtualenv": ""]
        ),
        Setting(
            "chdir",
            key: "directory",
            \.directory,
            .workingFolder(
                accepts: "an existing folder; other paths do not depend on it",
                otherwise: "the current folder, or that of the file"
            ),
            "The folder to find and run the app in",
            precedent: "gunicorn --chdir, uWSGI chdir"
        ),
        Setting(
            "env",
            key: "environment",
            \.environment,
            .variables,
            "A variable for the app's environment; may be given several times",
            precedent: "gunicorn --env, uWSGI env",
            elsewhere: ["-e": ""],
            defaultText: "the server's own environment"
        ),
        Setting(
            "worker-user",
            key: "user",
            \.user,
            .processUser,
            "Who the app's Python runs as, where that is not the server's own user",
            details: "The server stays root. See [Deploying](../guides/deploy.md#started-as-root).",
            precedent: "gunicorn --user and --group"
        ),
        Setting(
            "start-timeout",
            \.startTimeout,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "How long a worker may take to import the app; then the start fails and shows where it stood",
            precedent: "systemd TimeoutStartSec 90s"
        ),
        Setting(
            "timeout",
            key: "request-timeout",
            \.requestTimeout,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "How long a request may take until its answer begins; then the client gets 504",
            details: """
                The thread that runs it gets an exception, and a worker that does not yield to it is replaced. An answer that \
                has begun may take as long as it likes.
                """,
            precedent: "nginx proxy_read_timeout 60s, gunicorn --timeout 30",
            elsewhere: ["-t": "", "--harakiri": ""]
        ),
        Setting(
            "queue-timeout",
            \.queueTimeout,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "How long a request may wait for a free thread; then the client gets 503",
            precedent: "HAProxy timeout queue"
        ),
        Setting(
            "slow-request",
            \.slowRequest,
            .orOff(.duration(.milliseconds(1) ... .year)),
            "Requests that take longer are logged with the Python stack of the moment",
            precedent: "php-fpm request_slowlog_timeout"
        ),
        Setting(
            "request-buffering",
            \.requestBuffering,
            .onOff,
            "Take request bodies in before the application is called",
            details: """
                A client that sends slowly then holds no thread. Up to 64 KB are in memory, the rest in a file without a name in \
                `TMPDIR`. Off is for applications that read a body while it arrives; `wsgi.input` ends with the body either way, but \
                does not seek, and a chunked body has no `CONTENT_LENGTH`, without which Django reads nothing of it.
                """,
            precedent: "nginx proxy_request_buffering on"
        ),
        Setting(
            "response-buffering",
            \.responseBuffering,
            .onOff,
            "Take responses from a worker at its own speed, whatever the speed of the client",
            details: """
                A client that reads slowly then holds no thread. What it has not taken yet is in memory, up to 1 MB of a response, \
                and beyond that in a file without a name in `TMPDIR`. Every block is on its way at once: events and long polls \
                are not delayed.
                """,
            precedent: "nginx proxy_buffering on"
        ),
        Setting(
            "response-buffering-limit",
            \.responseBufferingLimit,
            .size(0...1 << 40),
            "How much of one response is kept so at most; beyond it the worker waits for the client",
            precedent: "nginx proxy_max_temp_file_size 1024m"
        ),
        Setting(
            "max-requests",
            \.maximumRequests,
            .orOff(.count(1...1_000_000_000)),
            "A worker is replaced after so many requests, and up to a tenth more",
            details:
                "For an app that leaks. The successor has imported the app before the former worker ends: no request waits for it.",
            precedent: "gunicorn --max-requests 0, uWSGI max-requests"
        ),
        Setting(
            "max-lifetime",
            \.maximumLifetime,
            .orOff(.duration(.seconds(1) ... .year)),
            "A worker is replaced when it is so old, and up to a tenth more",
            precedent: "uWSGI max-worker-lifetime"
        ),
        Setting(
            "max-memory",
            \.maximumMemory,
            .orOff(.size(1 << 20...1 << 40)),
            "A worker is replaced when its resident memory is larger",
            precedent: "uWSGI reload-on-rss",
            elsewhere: ["--reload-on-rss": ""]
        ),
        Setting(
            "preload",
            \.preload,
            .flag,
            "Import the app once, in a process that then forks the workers",
            details: """
                The workers share the memory of what was imported, and start at once. What an app opens while it is imported, \
                such as connections to a database, is shared as well, which few libraries survive.
                """,
            precedent: "gunicorn --preload, uWSGI without lazy-apps",
            elsewhere: ["--preload-app": ""]
        ),
        Setting(
            "reload",
            \.reloadsOnChange,
            .flag,
            "Reload when a source file changes, and explain in the browser what goes wrong in the app; for development",
            precedent: "gunicorn --reload, flask run --debug"
        ),
        Setting(
            "static-folders",
            \.servesStaticFolders,
            .onOff,
            "Have the server itself answer for the static folders of Flask and Django, where it is certain that nothing is lost",
            details: """
                No thread of a worker is busy with files then. What the app would do otherwise it goes on doing itself, such as where \
                functions of its own run before each request; the start says which and why. See \
                [Files](../guides/files.md#those-of-flask-and-django).
                """,
            precedent: "WhiteNoise, uWSGI static-map"
        ),
        Setting(
            "allow-underscores",
            \.allowsUnderscores,
            .flag,
            "Pass on header names with an underscore, which environ cannot tell from those with a hyphen",
            details: "With it a client can send `X_Forwarded_For` to an app that believes `HTTP_X_FORWARDED_FOR`.",
            precedent: "nginx underscores_in_headers off, gunicorn header_map drop"
        ),
    ]

    private static func nonEmpty(_ text: String, _ expected: String) throws(SettingError) -> String {
        guard !text.isEmpty else { throw SettingError(description: "it is empty; write \(expected)") }
        return text
    }

}

extension SettingKind where Value == String {
    fileprivate static var application: Self {
        var kind = Self.text(
            "APP",
            accepts: "see the forms of APP above",
            read: { try ApplicationName(parsing: $0).text },
            write: { $0.isEmpty ? "none: it must be there" : $0 }
        )
        kind.format.isArgument = true
        return kind
    }
}

extension SettingKind where Value == Int? {
    /// A number of workers, or all that there may be.
    fileprivate static func workersOrAll(_ range: ClosedRange<Int>) -> Self {
        let count = SettingKind<Int>.count(range)
        var format = count.format
        format.accepts += ", at most `workers`"
        return Self(
            format,
            read: { (text) throws(SettingError) in try count.read(text) },
            write: { $0.map(count.write) ?? "the same as workers" }
        )
    }
}
