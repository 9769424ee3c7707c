import ArgumentParser
import Glibc
import MartletSettings

/// `martlet doctor [FILE]`: whether this machine is ready to serve a site.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether this machine is ready: limits, ports, clock, Python, permissions, kernel.",
        usage: "martlet doctor [FILE] [--json]",
        discussion: """
            Looks at what the configuration names, or without one at the application of this folder. It imports nothing and serves \
            nothing. Each check is ok, a hint or a fault, with what to do. Exits with 1 if there is a fault.

            EXAMPLES:
              martlet doctor
              sudo -u shop martlet doctor /srv/shop      as the user that serves
            """
    )

    @Argument(
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE"),
        completion: .file()
    )
    var file: String?
    @Flag(help: "Print JSON instead of text.") var json = false

    func run() throws {
        let report = DoctorReport(MachineFacts(of: file))
        let style = Style.of(STDOUT_FILENO)
        print(json ? try report.json() + "\n" : report.text(style), terminator: "")
        if report.hasFault { throw ProgramExit.failure.code }
    }
}
