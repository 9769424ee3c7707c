internal import ArgumentParser
internal import Logging
internal import MartletFramework
internal import MartletServer

/// What an app's own program can be told on its command line.
struct RunOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "app",
        abstract: "Serve this app over HTTP.",
        discussion: """
            EXAMPLES:
              --bind 127.0.0.1:8080
              --bind 0.0.0.0:80 --bind unix:/run/app.sock
              --access-log access.log --log-level debug
            """
    )

    @Option(
        help: ArgumentHelp(
            "Where to listen: HOST:PORT, PORT, :PORT for every address, or unix:PATH. Can be repeated; port 0 takes a free one. (default: 127.0.0.1:8000)",
            valueName: "address"
        ),
        transform: { text in
            do { return try BindAddress(parsing: text) } catch { throw ValidationError("\(error)") }
        }
    )
    var bind: [BindAddress] = []

    @Option(
        help: ArgumentHelp(
            "Where the access log goes: - for standard output, a file, or off. (default: -)",
            valueName: "target"
        ),
        transform: AccessLogTarget.init(argument:)
    )
    var accessLog: AccessLogTarget = .standardOutput

    @Option(
        help: ArgumentHelp(
            "How the access log is written: combined or json. (default: combined)",
            valueName: "format"
        ),
        transform: AccessLogFormat.init(argument:)
    )
    var accessLogFormat: AccessLogFormat = .combined

    @Option(
        help: ArgumentHelp(
            "Peers whose X-Forwarded-* and Forwarded fields are believed: networks, unix or none. Can be repeated. (default: this machine)",
            valueName: "network"
        ),
        transform: { text in
            do { return try TrustedProxy.list(parsing: text) } catch { throw ValidationError("\(error)") }
        }
    )
    var trustedProxy: [[TrustedProxy]] = []

    @Option(
        help: ArgumentHelp(
            "What those peers are believed: for, proto, host, port, prefix, with commas between. (default: for,proto)",
            valueName: "names"
        ),
        transform: { text in
            do { return try ForwardedFields(parsing: text) } catch { throw ValidationError("\(error)") }
        }
    )
    var forwardedFields: ForwardedFields = .defaults

    @Option(
        help: ArgumentHelp("How much is logged: \(Logger.Level.names). (default: info)", valueName: "level"),
        transform: Logger.Level.init(argument:)
    )
    var logLevel: Logger.Level = .info

    /// - Parameter inherited: sockets that the service manager has opened.
    func configuration(_ inherited: [InheritedSocket]) -> ServerConfiguration {
        var configuration = ServerConfiguration(accessLog: accessLog)
        configuration.accessLogFormat = accessLogFormat
        configuration.inheritedSockets = inherited
        if !bind.isEmpty || !inherited.isEmpty { configuration.addresses = bind }
        configuration.forwardedFields = forwardedFields
        configuration.keepsEventLoops = true
        if !trustedProxy.isEmpty { configuration.trustedProxies = trustedProxy.flatMap(\.self) }
        return configuration
    }
}

extension AccessLogTarget {
    init(argument text: String) {
        switch text {
        case "-": self = .standardOutput
        case "off": self = .off
        default: self = .file(text)
        }
    }
}

extension AccessLogFormat {
    init(argument text: String) throws {
        guard let format = AccessLogFormat(rawValue: text.lowercased()) else {
            throw ValidationError("'\(text)' is not a format of the access log. Write combined or json.")
        }
        self = format
    }
}

extension Logger.Level {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init(argument text: String) throws {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw ValidationError("'\(text)' is not a log level. Write one of \(Self.names).")
        }
        self = level
    }
}
