internal import Glibc

/// What a child has that is not the server's own: its user, and variables of its environment.
struct ChildIdentity: Sendable {
    var user: WorkerUser?
    /// Come on top of the server's own variables and of those of the user.
    var variables: [String: String] = [:]

    init(_ configuration: PythonConfiguration) throws(WorkerUserError) {
        variables = configuration.environment
        if let name = configuration.user { user = try WorkerUser(name) }
    }

    init(variables: [String: String]) { self.variables = variables }

    /// The whole environment, `NAME=value` and a nil at the end, in copies that the caller frees.
    ///
    /// What the server itself was given is handed on byte by byte: it need not be text.
    func copyEnvironment() -> [UnsafeMutablePointer<CChar>?] {
        let own = (user?.environment ?? [:]).merging(variables) { $1 }
        var entries: [UnsafeMutablePointer<CChar>?] = own.sorted { $0.key < $1.key }.map {
            strdup("\($0.key)=\($0.value)")
        }
        var next = environ
        while let entry = next.pointee {
            let name = String(cString: entry).prefix { $0 != "=" }
            if own[String(name)] == nil { entries.append(strdup(entry)) }
            next += 1
        }
        return entries + [nil]
    }
}
