import ArgumentParser
import Logging
import MartletServer
import Testing

@testable import MartletCommand

@Suite struct SettingsTests {
    /// The message for a value that is not accepted; nil when it is.
    private func complaint<Value>(_ setting: CommandSetting<Value>, _ text: String) -> String? {
        do {
            _ = try setting.parse(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func acceptsWhatIsRight() throws {
        #expect(try Settings.workers.parse("8") == 8)
        #expect(try Settings.threads.parse("1") == 1)
        #expect(try Settings.logLevel.parse("WARNING") == .warning)
        #expect(try Settings.accessLog.parse("-") == .standardOutput)
        #expect(try Settings.accessLog.parse("off") == .off)
        #expect(try Settings.accessLog.parse("logs/access.log") == .file("logs/access.log"))
        #expect(try Settings.accessLogFormat.parse("JSON") == .json)
        #expect(try Settings.trustedProxies.parse("none").isEmpty)
        #expect(try Settings.trustedProxies.parse("10.0.0.0/8,unix").count == 2)
        #expect(try Settings.python.parse(".venv/bin/python") == ".venv/bin/python")
        #expect(try Settings.bind.parse("127.0.0.1:0") == .tcp(host: "127.0.0.1", port: 0))
    }

    @Test(arguments: [
        ("0", "there must be at least 1 of the threads; use 1 for an app that is not thread-safe"),
        ("-4", "there must be at least 1 of the threads; use 1 for an app that is not thread-safe"),
        ("many", "the number of threads is a whole number; use 1 for an app that is not thread-safe"),
        ("1001", "the number of threads is at most 1000"),
        ("99999999999999999999", "the number of threads is a whole number; use 1 for an app that is not thread-safe"),
    ])
    func countsHaveARange(text: String, message: String) {
        #expect(complaint(Settings.threads, text) == message)
    }

    @Test func tellsTheDefaultOfTheWorkers() {
        #expect(
            complaint(Settings.workers, "0")?.hasPrefix("there must be at least 1 of the workers; leave it out")
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
        #expect(complaint(Settings.logLevel, text) == levels + suggestion)
    }

    @Test(arguments: [
        ("jsn", "the formats are combined and json; did you mean 'json'?"),
        ("clf", "the formats are combined and json"),
    ])
    func unknownFormatsGetASuggestion(text: String, message: String) {
        #expect(complaint(Settings.accessLogFormat, text) == message)
    }

    @Test func trustedProxiesAreAddresses() {
        #expect(
            complaint(Settings.trustedProxies, "10.0.0.1/8")
                == "\"10.0.0.1/8\" is no proxy to trust: the address has bits beyond its prefix; did you mean 10.0.0.0/8? "
                + "Write an address, a network such as 10.0.0.0/8, unix for peers on Unix sockets, or none."
        )
    }

    @Test func acceptsWhatIsRightOfSocketsAndStops() throws {
        #expect(try Settings.socketMode.parse("660") == 0o660)
        #expect(try Settings.socketMode.parse("0777") == 0o777)
        #expect(try Settings.socketMode.parse("0o600") == 0o600)
        #expect(try Settings.socketOwner.parse("0:1") == SocketOwner(parsing: "0:1"))
        #expect(try Settings.socketOwner.parse("1000")?.group == nil)
        #expect(try Settings.socketOwner.parse(":33")?.user == nil)
        #expect(try Settings.grace.parse("0s") == .zero)
        #expect(try Settings.grace.parse("24h") == .seconds(86_400))
        #expect(try Settings.forwardedFields.parse("for, HOST") == [.client, .host])
    }

    @Test(arguments: [
        ("hosts", "\"hosts\" is nothing that a proxy is believed."), ("", "\"\" is nothing that a proxy is believed."),
        ("for,,host", "\"\" is nothing that a proxy is believed."),
    ])
    func unknownFieldsOfProxiesAreExplained(text: String, message: String) {
        #expect(
            complaint(Settings.forwardedFields, text)
                == message + " Write some of for, proto, host, port, prefix, with commas between; to believe no proxy, "
                + "write --trusted-proxy none."
        )
    }

    @Test(arguments: ["", "6", "66", "888", "1777", "rw-", "-66", "+66", "00660"])
    func modesAreOctal(text: String) {
        #expect(complaint(Settings.socketMode, text) == "a mode is three octal digits, such as 660")
    }

    @Test(arguments: [
        ("4294967295", "'4294967295' is no number of a user or a group: they go from 0 to 4294967294."),
        ("0:-1", "'-1' is no number of a user or a group: they go from 0 to 4294967294."),
        ("no such user", "There is no user 'no such user' on this machine."),
        ("0:no such group", "There is no group 'no such group' on this machine."),
        (":", "write USER, USER:GROUP or :GROUP, by name or number"),
    ])
    func ownersExist(text: String, message: String) {
        #expect(complaint(Settings.socketOwner, text) == message)
    }

    @Test(arguments: [
        ("24h1", "a duration has a unit: ms, s, m or h, as in 75s"), ("25h", "it is at most a day, 24h"),
        ("9223372036854775807h", "it is too large"), ("9223372036854775807ms", "it is at most a day, 24h"),
    ])
    func gracesAreBounded(text: String, message: String) {
        #expect(complaint(Settings.grace, text) == message)
    }

    @Test func emptyValuesAreNone() {
        #expect(complaint(Settings.accessLog, "")?.hasPrefix("it is empty; write '-'") == true)
        #expect(complaint(Settings.python, "")?.hasPrefix("it is empty; write the path") == true)
    }

    @Test func theFolderMustExist() throws {
        try TemporaryFolder.with(["site/hello.py"]) { folder in
            #expect(complaint(Settings.directory, folder + "/site") == nil)
            #expect(
                complaint(Settings.directory, folder + "/sit")
                    == "there is no such folder; did you mean '\(folder)/site'?"
            )
            #expect(complaint(Settings.directory, folder + "/site/hello.py") == "it is a file, not a folder")
        }
    }

    @Test func badAddressesAreRefused() {
        #expect(complaint(Settings.bind, "127.0.0.1:99999") != nil)
        #expect(complaint(Settings.bind, "127.0.0.1:http") != nil)
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
