import ArgumentParser
import Glibc
import MartletBytes
import MartletPolicies
import MartletServer
import MartletSettings

/// The program `martlet`.
struct MartletProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Web server, gateway and framework in one program.",
        usage: """
            martlet run APP [options]
            martlet static [DIR]
            martlet proxy URL
            martlet serve [FILE]
            martlet dev [PACKAGE]
            martlet check [FILE]
            """,
        discussion: """
            Serves an unmodified Python web application (Flask, Django, any WSGI callable) over HTTP.

            EXAMPLES:
              martlet run hello:app                     app of hello.py, for this machine
              martlet run hello:app --bind 0.0.0.0:80   the same, for everyone
              martlet static site                       a folder of files
              martlet cgi-bin cgi-bin                   a folder of CGI scripts
              martlet proxy http://127.0.0.1:3000       another server
              martlet serve                             several apps, from martlet.toml
              martlet dev                               a Swift package, built anew on each change
              martlet run --help                        every option
            """,
        version: "martlet \(Version.current)\n\(BuildFacts.ofThisProgram.summary)\n\(ContentCoding.summary)",
        subcommands: [
            RunCommand.self,
            StaticCommand.self,
            CGIBinCommand.self,
            CGICommand.self,
            ProxyCommand.self,
            ServeCommand.self,
            DevCommand.self,
            NewCommand.self,
            InitCommand.self,
            CheckCommand.self,
            DoctorCommand.self,
            ExplainCommand.self,
            ShowCommand.self,
            ImportCommand.self,
            StatusCommand.self,
            ReloadCommand.self,
            UpgradeCommand.self,
            PurgeCommand.self,
            HashPasswordCommand.self,
            SettingsCommand.self,
        ]
    )

    static func main() async {
        let arguments = NegativeValues.joined(Array(CommandLine.arguments.dropFirst()))
        if CGIProgram.isThisProcess, QueryArguments.mayBe(in: arguments, query: CGIProgram.query) {
            StandardError.write("Error: \(QueryArguments.refusal)\n")
            ProgramExit.usage.exit()
        }
        if arguments.isEmpty, !CGIProgram.isThisProcess {
            let welcome = Welcome(findings: FolderFindings.all(in: "."), folder: "this folder")
            print(welcome.render(Style.of(STDOUT_FILENO)), terminator: "")
            return
        }
        if let hint = UsageHint.hint(for: arguments) {
            StandardError.write("Error: \(hint)\n")
            ProgramExit.usage.exit()
        }
        await main(arguments)
    }
}
