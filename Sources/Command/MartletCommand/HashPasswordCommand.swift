import ArgumentParser
import MartletBytes
import MartletPolicies
import MartletSettings

/// `martlet hash-password`: what stands in a file in the place of a password.
struct HashPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-password",
        abstract: "Make the hash of a password, for auth in a configuration file.",
        usage: "martlet hash-password [--user NAME]",
        discussion: """
            Asks for the password, which is not shown, or takes one line of the standard input. The hash is bcrypt's.

            EXAMPLES:
              martlet hash-password
              martlet hash-password --user anna >> users     a line for auth = "users"
              pass show site | martlet hash-password
            """
    )

    @Option(help: ArgumentHelp("Print a line for a file of users: NAME:HASH.", valueName: "NAME"))
    var user: String?

    func run() throws {
        do {
            let hash = try PasswordHash.make(of: try PasswordPrompt.read())
            guard let user else { return print(hash.text) }
            var file = PasswordFile()
            try file.add(user, hash: hash.text)
            print("\(user):\(hash.text)")
        } catch {
            StandardError.write("martlet: \(error)\n")
            throw ProgramExit.failure.code
        }
    }
}
