import ArgumentParser

/// `martlet upgrade`: another build of the program takes the place of the one that runs.
struct UpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Have what is installed now take the place of a running server, without refusing a connection.",
        discussion: """
            Starts the program anew, from where the running one was started, with the same arguments; it takes over the ports. When \
            it serves, the former process finishes what it has and ends. If it cannot serve, the former one goes on, and the reason \
            is shown.
            """
    )

    @Option(help: "The server's process id; needed where several run.") var pid: Int32?

    func run() async throws {
        try ControlClient.order(try ControlClient.choose(pid), "POST /upgrade")
    }
}
