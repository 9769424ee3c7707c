import MartletBytes
import MartletSettings

/// Advice on command lines that the parser would only call wrong: a forgotten `run`, a flag of another server.
enum UsageHint {
    /// Flags of gunicorn, uWSGI, waitress and others, and what to write here.
    static let equivalents: [String: String] = [
        "-b": "--bind", "--host": "--bind HOST:PORT", "-p": "--bind HOST:PORT", "--port": "--bind HOST:PORT",
        "--http": "--bind", "--http-socket": "--bind", "--listen": "--bind",
        "-w": "--workers", "--processes": "--workers",
        "--loglevel": "--log-level", "--access-logfile": "--access-log",
        "--virtualenv": "--python", "--venv": "--python", "-H": "--python", "--home": "--python",
        "-t": "--timeout", "--harakiri": "--timeout", "-e": "--env",
        "--max-requests-jitter": "--max-requests, which has its jitter built in", "--reload-on-rss": "--max-memory",
        "--uid": "--user", "-u": "--user", "--preload-app": "--preload", "-c": "a file: martlet serve FILE",
        "--config": "a file: martlet serve FILE",
        "--graceful-timeout": "--grace", "--worker-reload-mercy": "--grace",
        "--umask": "--socket-mode", "--chmod-socket": "--socket-mode", "--chown-socket": "--socket-owner",
        "--unix-socket-perms": "--socket-mode", "--uds": "--bind unix:PATH", "--unix-socket": "--bind unix:PATH",
        "--forwarded-allow-ips": "--trusted-proxy", "--trusted-proxy-headers": "--forwarded-fields",
        "--module": "APP, as in: martlet run hello:app", "--wsgi-file": "APP, as in: martlet run hello.py",
        "--wsgi": "APP, as in: martlet run hello:app", "--app": "APP, as in: martlet run hello:app",
    ]

    private static let commands = ["run", "serve", "check", "status", "reload", "help"]

    static func hint(for arguments: [String]) -> String? {
        guard let first = arguments.first else { return nil }
        if first == "run" { return foreignFlag(in: arguments.dropFirst()) }
        if first.hasPrefix("-") || first == "settings" || commands.contains(first) { return nil }
        if let command = NearMatch.closest(to: first, among: commands) {
            return "There is no command '\(first)'. Did you mean 'martlet \(command)'?"
        }
        if first.hasSuffix(".toml") {
            return "There is no command '\(first)'. Did you mean 'martlet serve \(first)'?"
        }
        if first.contains(":") || first.hasSuffix(".py") {
            return "There is no command '\(first)'. Did you mean 'martlet run \(first)'?"
        }
        return "There is no command '\(first)'. To serve an app: martlet run APP. More: martlet --help"
    }

    private static func foreignFlag(in arguments: ArraySlice<String>) -> String? {
        for argument in arguments {
            let flag = String(argument.prefix { $0 != "=" })
            guard let equivalent = equivalents[flag] else { continue }
            return "There is no option '\(flag)' here; what you look for is \(equivalent). More: martlet run --help"
        }
        return nil
    }
}
