import ArgumentParser
import Logging
import MartletServer
import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct RunCommandTests {
    private func message(_ arguments: String...) -> String? {
        do {
            _ = try RunCommand.parse(arguments)
            return nil
        } catch {
            return RunCommand.message(for: error)
        }
    }

    @Test func hasDefaults() throws {
        let site = try RunCommand.parse(["hello:app"]).site
        var server = site.server
        server.listen(at: [])
        #expect(server.addresses == [.tcp(host: "127.0.0.1", port: 8000)])
        #expect(server.accessLog == .standardOutput)
        #expect(site.log.level == .info)
        #expect(site.server.limits == Limits())
        #expect(site.routes.map(\.target.name) == ["hello:app"])
    }

    @Test func givenAddressesReplaceTheDefault() throws {
        let command = try RunCommand.parse([
            "hello:app", "--bind", "127.0.0.1:0", "--bind", "unix:/run/hello.sock", "--trusted-proxy", "unix",
        ])
        var server = command.site.server
        #expect(server.trustedProxies.map { "\($0)" } == ["unix"])
        server.listen(at: [])
        #expect(server.addresses == [.tcp(host: "127.0.0.1", port: 0), .unix(path: "/run/hello.sock")])
    }

    @Test func noneOfTheProxiesStandsAlone() {
        #expect(
            message("hello:app", "--trusted-proxy", "unix", "--trusted-proxy", "none")
                == "--trusted-proxy none stands alone: leave it out, or the others"
        )
        #expect(message("hello:app", "--trusted-proxy", "none") == nil)
    }

    @Test func anAddressTwiceIsAnError() {
        #expect(
            message("hello:app", "--bind", "127.0.0.1:80", "--bind", "127.0.0.1:80")
                == "--bind 127.0.0.1:80 is given twice"
        )
        #expect(message("hello:app", "--bind", "127.0.0.1:0", "--bind", "127.0.0.1:0") == nil)
    }

    @Test func errorsNameTheFlag() throws {
        let text = try #require(message("hello:app", "--workers", "0"))
        #expect(text.contains("The value '0' is invalid for '--workers <n>': there must be at least 1"))
    }

    @Test func usageErrorsExitWith64() {
        for arguments in [[], ["hello:"], ["hello:app", "--workers", "0"], ["hello:app", "--wokers", "1"]] {
            do {
                _ = try RunCommand.parse(arguments)
                Issue.record("\(arguments) was accepted")
            } catch {
                #expect(RunCommand.exitCode(for: error).rawValue == ProgramExit.usage.rawValue)
            }
        }
    }

    @Test func helpFitsATerminal() {
        for line in RunCommand.helpMessage(columns: 80).split(separator: "\n") { #expect(line.count <= 80) }
    }
}

@Suite struct UsageHintTests {
    @Test func noFlagIsTakenForAForeignOne() {
        let help = RunCommand.helpMessage(columns: 200)
        for foreign in UsageHint.equivalents.keys { #expect(!help.contains("  \(foreign) "), "\(foreign)") }
    }

    @Test(arguments: [
        (["hello:app"], "There is no command 'hello:app'. Did you mean 'martlet run hello:app'?"),
        (["app.py"], "There is no command 'app.py'. Did you mean 'martlet run app.py'?"),
        (["rnu", "hello"], "There is no command 'rnu'. Did you mean 'martlet run'?"),
        (["deploy"], "There is no command 'deploy'. To serve an app: martlet run APP. More: martlet --help"),
        (
            ["run", "hello:app", "-w", "4"],
            "There is no option '-w' here; what you look for is --workers. More: martlet run --help"
        ),
        (
            ["run", "--wsgi-file", "hello.py"],
            "There is no option '--wsgi-file' here; what you look for is APP, as in: martlet run hello.py. More: martlet run --help"
        ),
        (
            ["run", "hello:app", "--max-request-body-size", "1"],
            "There is no option '--max-request-body-size' here; what you look for is --limit-body. More: martlet run --help"
        ),
        (
            ["run", "hello:app", "--port=80"],
            "There is no option '--port' here; what you look for is --bind HOST:PORT. More: martlet run --help"
        ),
    ])
    func helpsThoseWhoComeFromElsewhere(arguments: [String], hint: String) {
        #expect(UsageHint.hint(for: arguments) == hint)
    }

    @Test(arguments: [
        [], ["--help"], ["--version"], ["run", "hello:app", "--workers", "2"], ["help", "run"], ["settings"],
    ])
    func leavesTheRestToTheParser(arguments: [String]) {
        #expect(UsageHint.hint(for: arguments) == nil)
    }
}
