/// Which CGI scripts are run, and how.
package struct ScriptsConfiguration: Sendable, Equatable {
    /// A folder of scripts, or one script, which then answers everything.
    package var path: String
    /// How many processes there are at most at a time.
    package var processes = 32
    /// How many requests may wait for one of them to end.
    package var queue = 256
    /// How long a script may neither write nor read. Apache: `CGIScriptTimeout`, which is `Timeout 60`.
    package var timeout: Duration = .seconds(60)
    /// Whether a body is taken in before its script is started.
    package var requestBuffering = true
    /// Whether an answer is taken from its script at the script's speed, and how much of it is kept for a slow client.
    package var responseBuffering = true
    package var responseBufferingLimit = 1 << 30
    /// On top of CGI's variables.
    package var environment: [String: String] = [:]
    /// Who they run as; nil for the server's own user.
    package var user: String?

    package init(path: String) { self.path = path }
}
