import MartletFiles
import MartletServer
import MartletSettings
import MartletWSGI

/// The first `martlet.toml` of a site: what is served, and the settings that most sites change sooner or later, each with what the
/// table of settings says of it.
struct SiteDraft {
    let subject: Finding.Subject?
    /// What it could be instead: commands for other findings of the folder.
    var alternatives: [PythonChoice] = []
    /// Of an environment that is not found beside the application.
    var interpreter: String?
    /// What is there but not served as it is, a line each.
    var hints: [String] = []

    var text: String {
        var lines = [
            "# What Martlet serves. Is it right: martlet check. Serve it: martlet serve. What is in force: martlet show.",
            "# A line that begins with # is not in force; it shows the default, or an example.", "",
        ]
        lines += Self.lines(
            of: ServerConfiguration.settings,
            in: .defaults,
            [
                ("bind", .set("\"127.0.0.1:8000\"")), ("access-log", .default), ("trusted-proxy", .default),
                ("grace", .default),
            ]
        )
        lines += Self.lines(of: LogConfiguration.settings, in: .defaults, [("log-level", .default)])
        lines += ["[limits]"]
        lines += Self.lines(
            of: Limits.settings,
            in: .defaults,
            [
                ("body", .default), ("timeout-idle", .default), ("connections", .default),
            ]
        )
        let remarks = hints.flatMap { Self.wrapped(VisibleText.line($0)) }
        return (lines + remarks + route).joined(separator: "\n") + "\n"
    }

    // MARK: - What answers

    private var route: [String] {
        let head = ["[route.\"/\"]"]
        switch subject {
        case .python(let choice): return head + python(choice)
        case .files(let folder):
            return head
                + Self.lines(
                    of: FilesConfiguration.settings,
                    in: .defaults,
                    [
                        ("files", .set(Self.quoted(folder))), ("cache", .example("\"1h\"")),
                        ("fallback", .example("\"index.html\"")),
                    ]
                )
        case .package(let product):
            return ["# Build it first: swift build -c release"] + head
                + Self.lines(
                    of: SwiftConfiguration.settings,
                    in: .defaults,
                    [
                        ("swift", .set(Self.quoted(".build/release/\(product ?? "NAME")"))),
                        ("arguments", .example("[\"--log-level\", \"debug\"]")), ("reload", .default),
                    ]
                )
        case .scripts(let folder):
            return ["[route.\"/cgi-bin\"]", "cgi = \(Self.quoted(folder))", ""]
        case .php(let folder):
            return ["# php-fpm runs it, at its own socket."] + head
                + [
                    "proxy = \"fastcgi://unix:/run/php/php-fpm.sock\"", "root = \(Self.quoted(folder))",
                    "fallback = \"index.php\"", "",
                ]
        case .site, .translation, .hint, nil:
            return [
                "# Nothing that can be served was found. Until there is something, this answers; write what it is in its place."
            ] + head + [
                "respond = \"Hello World!\\n\"", "", "# An application in hello.py:", "# [route.\"/app\"]",
                "# wsgi = \"hello:app\"", "", "# A folder of files:", "# [route.\"/files\"]", "# files = \".\"", "",
            ]
        }
    }

    private func python(_ choice: PythonChoice) -> [String] {
        var lines = alternatives.map { "# There is also: wsgi = \(Self.quoted($0.application))" + Self.place(of: $0) }
        lines += Self.lines(
            of: PythonConfiguration.settings,
            in: .defaults,
            [
                ("wsgi", .set(Self.quoted(choice.application))),
                ("directory", choice.directory.map { .set(Self.quoted($0)) } ?? .example("\".\"")),
                ("python", interpreter.map { .set(Self.quoted($0)) } ?? .example("\".venv/bin/python\"")),
                ("workers", .default), ("threads", .default),
                ("request-timeout", .default), ("max-requests", .example("10000")), ("reload", .default),
            ]
        )
        let variables = choice.environment.sorted { $0.key < $1.key }.map { "\($0.key) = \(Self.quoted($0.value))" }
        let summary = PythonConfiguration.settings.first { $0.key == "environment" }?.summary ?? ""
        let example = variables.isEmpty ? ["# SECRET_KEY = \"${file:secret-key}\""] : variables
        let table = "[route.\"/\".environment]"
        return lines + ["# \(summary)."] + [variables.isEmpty ? "# \(table)" : table] + example
    }

    private static func place(of choice: PythonChoice) -> String { choice.directory.map { ", in \($0)" } ?? "" }

    // MARK: - A line of a file

    private enum Value {
        /// In force.
        case set(String)
        /// What holds without it.
        case `default`
        /// Where the default is nothing that could be written down.
        case example(String)
    }

    /// - Parameter rows: keys, in their order.
    private static func lines<Root>(of settings: [Setting<Root>], in root: Root, _ rows: [(String, Value)]) -> [String]
    {
        rows.flatMap { key, value -> [String] in
            guard let setting = settings.first(where: { $0.key == key }) else { return [] }
            let assignment =
                switch value {
                case .set(let text): "\(key) = \(text)"
                case .example(let text): "# \(key) = \(text)"
                case .default: "# \(key) = \(written(setting.text(in: root), setting.format))"
                }
            return wrapped("\(setting.summary)\(accepts(setting.format)).") + [assignment, ""]
        }
    }

    private static func accepts(_ format: SettingFormat) -> String {
        switch format.inFile {
        case .truth: ": true or false"
        case .text, .table: format.isArgument ? "" : ": " + format.accepts.replacing("`", with: "")
        // Ranges say little; that something can be off says much.
        case .number, .fraction, .quantity: format.accepts.contains("`off`") ? ", or off" : ""
        }
    }

    private static func written(_ text: String, _ format: SettingFormat) -> String {
        switch format.inFile {
        case .truth: text == "on" ? "true" : "false"
        case .number where text.allSatisfy(\.isWholeNumber), .fraction where text.allSatisfy(\.isWholeNumber): text
        // Read without the space that people get to see.
        case .quantity: quoted(text.filter { $0 != " " })
        default: quoted(text)
        }
    }

    private static let width = 110

    private static func wrapped(_ text: String) -> [String] {
        var lines = ["#"]
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count + 1 > width { lines.append("#") }
            lines[lines.count - 1] += " " + word
        }
        return lines
    }

    /// A basic string of TOML.
    private static func quoted(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": literal += "\\" + String(scalar)
            case _ where VisibleText.isControl(scalar):
                literal += "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
            default: literal.unicodeScalars.append(scalar)
            }
        }
        // Martlet puts in what stands in such brackets.
        return literal.replacing("${", with: "$${") + "\""
    }
}
