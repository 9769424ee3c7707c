import MartletGateway
import MartletWSGI

/// The settings of one application's pool of workers besides the first few. The defaults are the pool's own.
extension Settings {
    static let pool = PythonConfiguration(application: "", workers: Processors.available, threads: 4)

    static let application = CommandSetting(
        name: "APP",
        key: "wsgi",
        placeholder: "APP",
        summary: "The application",
        accepts: "see the forms of APP above",
        defaultValue: "",
        defaultText: "none: it must be there",
        parse: { try ApplicationName(parsing: $0).text }
    )

    static let environment = CommandSetting<[String: String]>(
        name: "env",
        key: "environment",
        placeholder: "key=value",
        summary: "A variable for the app's environment; may be given several times",
        accepts: "`KEY=VALUE`; a table of texts in a file",
        defaultValue: [:],
        defaultText: "the server's own environment",
        repeats: true,
        parse: { try variable($0) }
    )

    static let user = CommandSetting<String?>(
        name: "user",
        placeholder: "name",
        summary: "Who the app's Python runs as",
        accepts: "`USER` or `USER:GROUP`, by name or number; for root only",
        defaultValue: pool.user,
        defaultText: "the server's own user",
        parse: { try user($0) }
    )

    static let startTimeout = duration(
        "start-timeout",
        "How long a worker may take to import the app; then the start fails and shows where it stood",
        pool.startTimeout
    )

    static let requestTimeout = duration(
        "timeout",
        key: "request-timeout",
        "How long a request may take until its answer begins; then the client gets 504",
        pool.requestTimeout
    )

    static let queueTimeout = duration(
        "queue-timeout",
        "How long a request may wait for a free thread; then the client gets 503",
        pool.queueTimeout
    )

    static let slowRequest = duration(
        "slow-request",
        "Requests that take longer are logged with the Python stack of the moment",
        pool.slowRequest
    )

    static let maximumRequests = CommandSetting<Int?>(
        name: "max-requests",
        form: .number,
        placeholder: "n",
        summary: "A worker is replaced after so many requests, and up to a tenth more",
        accepts: "a whole number, or `off`",
        defaultValue: pool.maximumRequests,
        defaultText: pool.maximumRequests.map(String.init) ?? "off",
        parse: { try optional($0, Quantity.count, atLeast: 1) { Quantity.count($0).text } }
    )

    static let maximumLifetime = duration(
        "max-lifetime",
        "A worker is replaced when it is so old, and up to a tenth more",
        pool.maximumLifetime,
        atLeast: .seconds(1)
    )

    static let maximumMemory = CommandSetting<Int?>(
        name: "max-memory",
        form: .quantity,
        placeholder: "size",
        summary: "A worker is replaced when its resident memory is larger",
        accepts: "a size, at least 1 MB, or `off`",
        defaultValue: pool.maximumMemory,
        defaultText: pool.maximumMemory.map { Quantity.bytes($0).text } ?? "off",
        parse: { try optional($0, Quantity.bytes, atLeast: 1 << 20) { Quantity.bytes($0).text } }
    )

    static let preload = flag(
        "preload",
        "Import the app once, in a process that then forks the workers",
        pool.preload
    )

    static let reload = flag(
        "reload",
        "Reload when a source file changes, and show an app that cannot be imported in the browser; for development",
        pool.reloadsOnChange
    )

    static let allowUnderscores = flag(
        "allow-underscores",
        "Pass on header names with an underscore, which environ cannot tell from those with a hyphen",
        pool.allowsUnderscores
    )
}

// MARK: - Kinds of settings

extension Settings {
    private static func duration(
        _ name: String,
        key: String? = nil,
        _ summary: String,
        _ value: Duration?,
        atLeast least: Duration = .milliseconds(1)
    ) -> CommandSetting<Duration?> {
        CommandSetting(
            name: name,
            key: key,
            form: .quantity,
            placeholder: "time",
            summary: summary,
            accepts: "a duration, or `off`",
            defaultValue: value,
            defaultText: value.map { Quantity.duration($0).text } ?? "off",
            parse: { try optional($0, Quantity.duration, atLeast: least) { Quantity.duration($0).text } }
        )
    }

    private static func flag(_ name: String, _ summary: String, _ value: Bool) -> CommandSetting<Bool> {
        CommandSetting(
            name: name,
            form: .flag,
            placeholder: "",
            summary: summary,
            accepts: "nothing; `true` or `false` in a file",
            defaultValue: value,
            defaultText: value ? "on" : "off",
            parse: { $0 == "true" }
        )
    }
}

// MARK: - Validation

extension Settings {
    private static func optional<Value: Comparable>(
        _ text: String,
        _ read: (String) throws(SettingError) -> Value,
        atLeast least: Value,
        _ write: (Value) -> String
    ) throws(SettingError) -> Value? {
        if text == "off" { return nil }
        let value: Value
        do { value = try read(text) } catch { throw SettingError(description: "\(error), or off") }
        guard value >= least else { throw SettingError(description: "it is at least \(write(least)), or off") }
        return value
    }

    static func variable(_ text: String) throws(SettingError) -> [String: String] {
        guard let sign = text.firstIndex(of: "=") else {
            throw SettingError(description: "a variable is written KEY=VALUE; nothing is set by '\(text)' alone")
        }
        guard sign != text.startIndex else {
            throw SettingError(description: "the name of a variable is empty; write KEY=VALUE")
        }
        return [String(text[..<sign]): String(text[text.index(after: sign)...])]
    }

    static func user(_ text: String) throws(SettingError) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw SettingError(description: "write USER or USER:GROUP, by name or number")
        }
        return text
    }
}
