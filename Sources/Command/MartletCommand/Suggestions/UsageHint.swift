import ArgumentParser
import MartletBytes
import MartletServer
import MartletSettings
import MartletWSGI

/// Advice on command lines that the parser would only call wrong: a forgotten `run`, a flag of another server.
enum UsageHint {
    /// Flags of gunicorn, uWSGI, waitress and others, and what to write here.
    static let equivalents: [String: String] = {
        var all = [
            "--max-requests-jitter": "--max-requests, which has its jitter built in",
            "-c": "a file: martlet serve FILE", "--config": "a file: martlet serve FILE",
        ]
        func add<Root>(_ settings: [Setting<Root>]) {
            for setting in settings {
                for (foreign, value) in setting.elsewhere {
                    all[foreign] =
                        setting.format.isArgument
                        ? "\(setting.name), as in: martlet run \(value)"
                        : "--\(setting.name)" + (value.isEmpty ? "" : " \(value)")
                }
            }
        }
        add(ServerConfiguration.settings)
        add(TLSSite.settings)
        add(LogConfiguration.settings)
        add(TouchConfiguration.settings)
        add(Limits.settings)
        add(PythonConfiguration.settings)
        return all
    }()

    private static let commands =
        MartletProgram.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]

    static func hint(for arguments: [String]) -> String? {
        guard let first = arguments.first else { return nil }
        if first == "run" { return foreignFlag(in: arguments.dropFirst()) }
        if first.hasPrefix("-") || commands.contains(first) { return nil }
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
