import ArgumentParser
import Logging
import MartletServer
import MartletSettings
import MartletWSGI
import Testing

@testable import MartletCommand

@Suite struct SettingsTests {
    /// The message for a value that is not accepted; nil when it is.
    private func complaint(_ name: String, _ text: String) -> String? {
        func complaint<Root>(_ settings: [Setting<Root>]) -> String?? {
            guard let setting = settings.first(where: { $0.name == name }) else { return nil }
            do {
                _ = try setting.change(parsing: text)
                return .some(nil)
            } catch {
                return "\(error)"
            }
        }
        return complaint(ServerConfiguration.settings) ?? complaint(LogConfiguration.settings)
            ?? complaint(PythonConfiguration.settings) ?? "there is no setting \(name)"
    }

    /// What the flags of the server say.
    private func server(_ arguments: String...) throws -> ServerConfiguration {
        try ServerFlags.parse(arguments).configuration
    }

    @Test func acceptsWhatIsRight() throws {
        #expect(try ServerFlags.parse(["--log-level", "WARNING"]).log.level == .warning)
        #expect(try server("--access-log", "-").accessLog == .standardOutput)
        #expect(try server("--access-log", "off").accessLog == .off)
        #expect(try server("--access-log", "logs/access.log").accessLog == .file("logs/access.log"))
        #expect(try server("--access-log-format", "JSON").accessLogFormat == .json)
        #expect(try server("--trusted-proxy", "none").trustedProxies.isEmpty)
        #expect(try server("--trusted-proxy", "10.0.0.0/8,unix").trustedProxies.count == 2)
    }

    @Test(arguments: [
        ("0", "there must be at least 1 of the threads; use 1 for an app that is not thread-safe"),
        ("-4", "there must be at least 1 of the threads; use 1 for an app that is not thread-safe"),
        ("many", "the number of threads is a whole number; use 1 for an app that is not thread-safe"),
        ("1001", "the number of threads is at most 1000"),
        ("99999999999999999999", "the number of threads is a whole number; use 1 for an app that is not thread-safe"),
    ])
    func countsHaveARange(text: String, message: String) {
        #expect(complaint("threads", text) == message)
    }

    @Test func tellsTheDefaultOfTheWorkers() {
        #expect(
            complaint("workers", "0")?.hasPrefix("there must be at least 1 of the workers; leave it out")
                == true
        )
    }

    @Test(arguments: [
        ("warn", "; did you mean 'warning'?"),
        ("eror", "; did you mean 'error'?"),
        ("Debgu", "; did you mean 'debug'?"),
        ("loud", ""),
    ])
    func unknownLevelsGetASuggestion(text: String, suggestion: String) {
        let levels = "the levels are trace, debug, info, notice, warning, error, critical"
        #expect(complaint("log-level", text) == levels + suggestion)
    }

    @Test(arguments: [
        ("jsn", "the formats are combined and json; did you mean 'json'?"),
        ("clf", "the formats are combined and json"),
    ])
    func unknownFormatsGetASuggestion(text: String, message: String) {
        #expect(complaint("access-log-format", text) == message)
    }

    @Test func trustedProxiesAreAddresses() {
        #expect(
            complaint("trusted-proxy", "10.0.0.1/8")
                == "\"10.0.0.1/8\" is no proxy to trust: the address has bits beyond its prefix; did you mean 10.0.0.0/8? "
                + "Write an address, a network such as 10.0.0.0/8, unix for peers on Unix sockets, or none."
        )
    }

    @Test func acceptsWhatIsRightOfSocketsAndStops() throws {
        #expect(try server("--socket-mode", "660").socketPermissions.mode == 0o660)
        #expect(try server("--socket-mode", "0777").socketPermissions.mode == 0o777)
        #expect(try server("--socket-mode", "0o600").socketPermissions.mode == 0o600)
        #expect(try server("--socket-owner", "0:1").socketPermissions == SocketPermissions(owner: 0, group: 1))
        #expect(try server("--socket-owner", "1000").socketPermissions.group == nil)
        #expect(try server("--socket-owner", ":33").socketPermissions == SocketPermissions(group: 33))
        #expect(try server("--grace", "0s").shutdownGrace == .zero)
        #expect(try server("--grace", "24h").shutdownGrace == .seconds(86_400))
        #expect(try server("--forwarded-fields", "for, HOST").forwardedFields == [.client, .host])
    }

    @Test(arguments: [
        ("hosts", "\"hosts\" is nothing that a proxy is believed."), ("", "\"\" is nothing that a proxy is believed."),
        ("for,,host", "\"\" is nothing that a proxy is believed."),
    ])
    func unknownFieldsOfProxiesAreExplained(text: String, message: String) {
        #expect(
            complaint("forwarded-fields", text)
                == message + " Write some of for, proto, host, port, prefix, with commas between; to believe no proxy, "
                + "let trusted-proxy be none."
        )
    }

    @Test(arguments: ["", "6", "66", "888", "1777", "rw-", "-66", "+66", "00660"])
    func modesAreOctal(text: String) {
        #expect(complaint("socket-mode", text) == "a mode is three octal digits, such as 660")
    }

    @Test(arguments: [
        ("4294967295", "'4294967295' is no number of a user or a group: they go from 0 to 4294967294."),
        ("0:-1", "'-1' is no number of a user or a group: they go from 0 to 4294967294."),
        ("no such user", "There is no user 'no such user' on this machine."),
        ("0:no such group", "There is no group 'no such group' on this machine."),
        (":", "write USER, USER:GROUP or :GROUP, by name or number"),
    ])
    func ownersExist(text: String, message: String) {
        #expect(complaint("socket-owner", text) == message)
    }

    @Test(arguments: [
        ("24h1", "a duration has a unit: ms, s, m or h, as in 75s"), ("25h", "it is at most 24 h"),
        ("9223372036854775807h", "it is too large"), ("9223372036854775807ms", "it is at most 24 h"),
    ])
    func gracesAreBounded(text: String, message: String) {
        #expect(complaint("grace", text) == message)
    }

    @Test func emptyValuesAreNone() {
        #expect(complaint("access-log", "")?.hasPrefix("it is empty; write '-'") == true)
        #expect(complaint("python", "")?.hasPrefix("it is empty; write the path") == true)
    }

    @Test func theFolderMustExist() throws {
        try TemporaryFolder.with(["site/hello.py"]) { folder in
            #expect(complaint("chdir", folder + "/site") == nil)
            #expect(
                complaint("chdir", folder + "/sit")
                    == "there is no such folder; did you mean '\(folder)/site'?"
            )
            #expect(complaint("chdir", folder + "/site/hello.py") == "it is a file, not a folder")
        }
    }

    @Test func badAddressesAreRefused() {
        #expect(complaint("bind", "127.0.0.1:99999") != nil)
        #expect(complaint("bind", "127.0.0.1:http") != nil)
    }
}

/// What holds for every row of every table: a new one is held to it without a new test.
@Suite struct SettingTableTests {
    /// A row without its type.
    private struct Row {
        let name: String
        let key: String
        let summary: String
        let precedent: String
        /// Where its key stands: nothing for the top of the file.
        let table: String
        let format: SettingFormat
        let accepts: (String) -> Bool
        let defaultValue: String
        /// The text of the field in a site.
        let value: (Site) throws -> String

        /// As it is written in a file.
        func line(_ value: String) -> String {
            switch format.inFile {
            case .text, .quantity: "\(key) = \"\(value)\"\n"
            case .number, .fraction: "\(key) = \(value)\n"
            case .truth: "\(key) = \(value == "on")\n"
            case .table: "\(key) = { \(value.replacing("=", with: " = \""))\" }\n"
            }
        }
    }

    private static func rows<Root: Configurable>(
        _ table: String,
        _ root: Root.Type,
        _ part: @escaping (Site) throws -> Root
    ) -> [Row] {
        Root.settings.map { setting in
            Row(
                name: setting.name,
                key: setting.key,
                summary: setting.summary,
                precedent: setting.precedent,
                table: table,
                format: setting.format,
                accepts: { (try? setting.change(parsing: $0)) != nil },
                defaultValue: setting.text(in: .defaults),
                value: { setting.text(in: try part($0)) }
            )
        }
    }

    private static var all: [Row] {
        rows("", ServerConfiguration.self) { $0.server } + rows("", LogConfiguration.self) { $0.log }
            + rows("", TouchConfiguration.self) { $0.touch }
            + rows("limits", Limits.self) { $0.server.limits }
            + rows("route.\"/\"", PythonConfiguration.self) { site in
                guard case .wsgi(let python) = try #require(site.routes.first?.target) else { return .defaults }
                return python
            }
    }

    /// Of every kind of values some that are the default of no setting.
    private static let samples = [
        "7", "2s", "3MB", "2KB", "127.0.0.1:0", "640", "0:0", "json", "10.0.0.0/8", "port", "debug", "A=1", "/", "off",
        "on",
        "unix", "0.5", "create", "1",
    ]

    private func site(_ arguments: [String]) throws -> Site { try RunCommand.parse(["hello:app"] + arguments).site }

    /// Parsing takes long without optimization; others have their turn in between.
    @Test func everyRowIsAFlagThatSetsItsField() async throws {
        let unchanged = try site([])
        for row in Self.all where !row.format.isArgument {
            await Task.yield()
            #expect(try row.value(unchanged) == row.defaultValue, "--\(row.name)")
            let arguments = row.format.isSwitch ? [[]] : Self.samples.filter(row.accepts).map { [$0] }
            let changing = try arguments.first { value in
                // One may contradict another setting.
                guard let site = try? site(["--\(row.name)"] + value) else { return false }
                return try row.value(site) != row.defaultValue
            }
            #expect(changing != nil, "no sample changes --\(row.name): is one missing, or does it set another field?")
        }
    }

    @Test func everyRowIsAKeyThatSetsItsField() throws {
        for row in Self.all where !row.format.isArgument {
            let changing = try Self.samples.filter(row.accepts)
                .first { sample in
                    let own = row.table.isEmpty ? row.line(sample) : ""
                    let limits = row.table == "limits" ? "[limits]\n\(row.line(sample))" : ""
                    let application = row.table.hasPrefix("route") ? row.line(sample) : ""
                    let text = "\(own)\(limits)[route.\"/\"]\nwsgi = \"hello:app\"\n\(application)"
                    let file = ConfigurationText(name: "martlet.toml", text: text)
                    guard let site = try? Site(file, folder: ".") else { return false }
                    return try row.value(site) != row.defaultValue
                }
            #expect(changing != nil, "no sample changes \(row.key): is one missing, or does it set another field?")
        }
    }

    @Test func everyRowIsDescribed() {
        for row in Self.all {
            #expect(!row.summary.isEmpty && !row.summary.hasSuffix("."), "\(row.name): a sentence without a full stop")
            #expect(!row.precedent.isEmpty, "\(row.name): what do other servers have in its place?")
        }
    }

    @Test func noNameStandsForTwo() {
        #expect(Set(Self.all.map(\.name)).count == Self.all.count)
        for (table, rows) in Dictionary(grouping: Self.all, by: \.table) {
            #expect(Set(rows.map(\.key)).count == rows.count, "\(table)")
        }
    }

    @Test func adviceNamesWhatThePersonHasWritten() {
        #expect(SettingNames.flags.assignment(\.python, "PATH") == "--python PATH")
        #expect(SettingNames.flags.name(\.directory) == "--chdir")
        #expect(SettingNames.keys.assignment(\.python, "PATH") == "python = \"PATH\"")
        #expect(SettingNames.keys.name(\.directory) == "'directory'")
    }
}

/// Settings that are on by default.
@Suite struct OnOffTests {
    @Test(arguments: [("on", true), ("OFF", false), ("true", true), ("false", false)])
    func readsWords(text: String, value: Bool) throws {
        #expect(try SettingKind<Bool>.onOff.read(text) == value)
    }

    @Test func otherWordsAreRefused() {
        #expect(throws: SettingError(description: "it is on or off")) { try SettingKind<Bool>.onOff.read("maybe") }
    }
}

@Suite struct SettingsPageTests {
    @Test func listsEveryFlagOfTheCommand() {
        let page = SettingsPage.render()
        let help = RunCommand.helpMessage(columns: 200)
        let flags = Set(help.matches(of: /--[a-z-]+/).map { String($0.output) }).subtracting(["--version", "--help"])
        #expect(flags.count >= 7)
        for flag in flags {
            #expect(page.contains("| `\(flag) ") || page.contains("| `\(flag)` "), "\(flag) is missing on the page")
        }
    }

    @Test func everyCellIsFilled() {
        for line in SettingsPage.render().split(separator: "\n") where line.hasPrefix("|") {
            #expect(!line.contains("|  |"))
        }
    }
}
