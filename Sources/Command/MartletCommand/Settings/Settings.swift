import Logging
import MartletBytes
import MartletGateway
import MartletServer

/// The settings of the server besides the limits, and those that every application has.
enum Settings {
    static let bind = CommandSetting(
        name: "bind",
        placeholder: "address",
        summary: "Where to listen; may be given several times",
        accepts:
            "`HOST:PORT`, `PORT` for this machine, `:PORT` or `*:PORT` for every address, `[::1]:PORT`, `unix:PATH`, or "
            + "`unix:@NAME` for a name without a file; port 0 lets the system choose",
        defaultValue: BindAddress.tcp(host: "127.0.0.1", port: 8000),
        defaultText: "127.0.0.1:8000",
        repeats: true,
        parse: { try BindAddress(parsing: $0) }
    )

    static let socketMode = CommandSetting(
        name: "socket-mode",
        placeholder: "mode",
        summary: "Who may connect to the Unix sockets",
        accepts: "three octal digits, as chmod has them",
        defaultValue: SocketPermissions().mode,
        defaultText: String(SocketPermissions().mode, radix: 8),
        parse: { try socketMode($0) }
    )

    static let socketOwner = CommandSetting<SocketOwner?>(
        name: "socket-owner",
        placeholder: "name",
        summary: "The user and the group that the Unix sockets are given to",
        accepts: "`USER`, `USER:GROUP` or `:GROUP`, by name or number; another user for root only",
        defaultValue: nil,
        defaultText: "the server's own",
        parse: { try SocketOwner(parsing: $0) }
    )

    static let workers = CommandSetting(
        name: "workers",
        form: .number,
        placeholder: "n",
        summary: "How many Python processes run the app",
        accepts: "a whole number from 1 to \(countLimit)",
        defaultValue: Processors.available,
        defaultText: "one per core",
        parse: { try count($0, of: "workers", advice: "leave it out for one per core, here \(Processors.available)") }
    )

    static let threads = CommandSetting(
        name: "threads",
        form: .number,
        placeholder: "n",
        summary: "How many requests each worker runs at a time",
        accepts: "a whole number from 1 to \(countLimit)",
        defaultValue: 4,
        defaultText: "4",
        parse: { try count($0, of: "threads", advice: "use 1 for an app that is not thread-safe") }
    )

    static let python = CommandSetting<String?>(
        name: "python",
        placeholder: "path",
        summary: "The Python to run the app with",
        accepts: "the path of an interpreter, or a name that is looked up in `PATH`",
        defaultValue: nil,
        defaultText: "VIRTUAL_ENV, .venv or venv beside the app, CONDA_PREFIX, then python3",
        parse: { try nonEmpty($0, "the path of an interpreter, such as .venv/bin/python") }
    )

    static let directory = CommandSetting<String?>(
        name: "chdir",
        key: "directory",
        placeholder: "folder",
        summary: "The folder to find and run the app in",
        accepts: "an existing folder; other paths do not depend on it",
        defaultValue: nil,
        defaultText: "the current folder, or that of the file",
        parse: { try Folder.existing($0) }
    )

    static let logLevel = CommandSetting(
        name: "log-level",
        placeholder: "level",
        summary: "The least severe records that the log shows",
        accepts: Logger.Level.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
        defaultValue: Logger.Level.info,
        defaultText: "info",
        parse: { try level($0) }
    )

    static let accessLog = CommandSetting(
        name: "access-log",
        placeholder: "target",
        summary: "Where each answered request is noted",
        accepts: "`-` for standard output, `off`, or the path of a file to append to",
        defaultValue: AccessLogTarget.standardOutput,
        defaultText: "-",
        parse: { try accessLogTarget($0) }
    )

    static let accessLogFormat = CommandSetting(
        name: "access-log-format",
        placeholder: "format",
        summary: "How a line of the access log is written",
        accepts: "`combined`, as Apache and nginx write it, or `json`, one object a line",
        defaultValue: AccessLogFormat.combined,
        defaultText: "combined",
        parse: { try accessLogFormat($0) }
    )

    static let trustedProxies = CommandSetting(
        name: "trusted-proxy",
        placeholder: "network",
        summary: "Peers whose X-Forwarded-* and Forwarded fields are believed; those of others are removed",
        accepts: "an address, a network such as `10.0.0.0/8`, `unix` for peers on Unix sockets, several with commas "
            + "between, or `none`; may be given several times, and replaces the default",
        defaultValue: TrustedProxy.defaults,
        defaultText: TrustedProxy.defaults.map { "\($0)" }.joined(separator: ","),
        repeats: true,
        parse: { try TrustedProxy.list(parsing: $0) }
    )

    static let forwardedFields = CommandSetting(
        name: "forwarded-fields",
        placeholder: "names",
        summary: "What a trusted proxy is believed; name only what it sets or clears in every request",
        accepts: "`for`, `proto`, `host`, `port`, `prefix`, with commas between",
        defaultValue: ForwardedFields.defaults,
        defaultText: "\(ForwardedFields.defaults)",
        parse: { try ForwardedFields(parsing: $0) }
    )

    static let grace = CommandSetting(
        name: "grace",
        placeholder: "time",
        summary: "How long a stop may take, for requests in flight and the end of the workers; then they are killed",
        accepts: "a duration of at most a day, 24h",
        defaultValue: ServerConfiguration().shutdownGrace,
        defaultText: Quantity.duration(ServerConfiguration().shutdownGrace).text,
        parse: { try grace($0) }
    )

    /// Far beyond use: a typing error should not start a million processes. Apache's ServerLimit stops at 20,000, its
    /// ThreadLimit at 20,000; uWSGI's worker table is sized by what is asked for.
    static let countLimit = 1000

    /// A day: whoever needs longer has no use for a limit.
    private static let longestGrace = Duration.seconds(86_400)
}

// MARK: - Validation

extension Settings {
    static func count(_ text: String, of noun: String, advice: String) throws(SettingError) -> Int {
        guard let value = Int(text) else {
            throw SettingError(description: "the number of \(noun) is a whole number; \(advice)")
        }
        guard value >= 1 else {
            throw SettingError(description: "there must be at least 1 of the \(noun); \(advice)")
        }
        guard value <= countLimit else {
            throw SettingError(description: "the number of \(noun) is at most \(countLimit)")
        }
        return value
    }

    static func socketMode(_ text: String) throws(SettingError) -> UInt32 {
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        guard (3...4).contains(digits.count), digits.allSatisfy(\.isWholeNumber), let mode = UInt32(digits, radix: 8),
            mode <= 0o777
        else {
            throw SettingError(description: "a mode is three octal digits, such as 660")
        }
        return mode
    }

    static func grace(_ text: String) throws(SettingError) -> Duration {
        let duration = try Quantity.duration(parsing: text)
        guard duration <= longestGrace else {
            throw SettingError(description: "it is at most a day, 24h")
        }
        return duration
    }

    static func nonEmpty(_ text: String, _ expected: String) throws(SettingError) -> String {
        guard !text.isEmpty else { throw SettingError(description: "it is empty; write \(expected)") }
        return text
    }

    static func level(_ text: String) throws(SettingError) -> Logger.Level {
        let names = Logger.Level.allCases.map(\.rawValue)
        if let level = Logger.Level(rawValue: text.lowercased()) { return level }
        let guess = NearMatch.closest(to: text.lowercased(), among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw SettingError(description: "the levels are \(names.joined(separator: ", "))\(guess)")
    }

    static func accessLogTarget(_ text: String) throws(SettingError) -> AccessLogTarget {
        switch text {
        case "-": return .standardOutput
        case "off": return .off
        default: return .file(try nonEmpty(text, "'-' for standard output, 'off' or the path of a file"))
        }
    }

    static func accessLogFormat(_ text: String) throws(SettingError) -> AccessLogFormat {
        let names = AccessLogFormat.allCases.map(\.rawValue)
        if let format = AccessLogFormat(rawValue: text.lowercased()) { return format }
        let guess = NearMatch.closest(to: text.lowercased(), among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw SettingError(description: "the formats are \(names.joined(separator: " and "))\(guess)")
    }
}
