/// A command that runs beside the applications: what it is and how it is run.
package struct AttachedCommand: Sendable, Equatable {
    package var name = ""
    /// As a shell reads it.
    package var run = ""
    /// When it runs; nil for always.
    package var schedule: Schedule?
    /// How many of it run at a time, at most.
    package var instances = 1
    /// How long a run may take; nil for ever.
    package var timeLimit: Duration?
    /// The folder that it begins in; nil for the server's own.
    package var directory: String?
    /// Variables besides the server's own.
    package var environment: [String: String] = [:]
    /// `user` or `user:group`; nil for the server's own.
    package var user: String?

    package init() {}
}
