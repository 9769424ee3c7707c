import ArgumentParser
import MartletBytes
import MartletPolicies
import MartletSettings

/// The program `martlet`.
struct MartletProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Web server, gateway and framework in one program.",
        usage: "martlet run APP [options]\nmartlet static [DIR]\nmartlet serve [FILE]\nmartlet check [FILE]",
        discussion: """
            Serves an unmodified Python web application (Flask, Django, any WSGI callable) over HTTP.

            EXAMPLES:
              martlet run hello:app                     app of hello.py, for this machine
              martlet run hello:app --bind 0.0.0.0:80   the same, for everyone
              martlet static site                       a folder of files
              martlet cgi-bin cgi-bin                   a folder of CGI scripts
              martlet serve                             several apps, from martlet.toml
              martlet run --help                        every option
            """,
        version: "martlet \(Version.current)\n\(ContentCoding.summary)",
        subcommands: [
            RunCommand.self, StaticCommand.self, CGIBinCommand.self, ServeCommand.self, CheckCommand.self,
            ExplainCommand.self, ShowCommand.self, StatusCommand.self, ReloadCommand.self, UpgradeCommand.self,
            PurgeCommand.self,
            HashPasswordCommand.self, SettingsCommand.self,
        ]
    )

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let hint = UsageHint.hint(for: arguments) {
            StandardError.write("Error: \(hint)\n")
            ProgramExit.usage.exit()
        }
        await main(arguments)
    }
}
