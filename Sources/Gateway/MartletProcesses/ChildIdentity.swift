internal import Glibc

/// What a child has that is not the server's own: its user, and variables of its environment.
package struct ChildIdentity: Sendable {
    package var user: ChildUser?
    /// Come on top of the server's own variables and of those of the user.
    package var variables: [String: String] = [:]
    /// The whole environment, `NAME=value` without NULs, instead of the server's own and what comes on top of it.
    package var environment: [[UInt8]]?

    package init(user: ChildUser? = nil, variables: [String: String] = [:], environment: [[UInt8]]? = nil) {
        self.user = user
        self.variables = variables
        self.environment = environment
    }

    /// The whole environment, `NAME=value` and a nil at the end, in copies that the caller frees.
    ///
    /// What the server itself was given is handed on byte by byte: it need not be text.
    func copyEnvironment() -> [UnsafeMutablePointer<CChar>?] {
        if let environment {
            // A variable ends with a NUL, so that it has none.
            let texts = environment.map { text in
                strndup(text.map { CChar(bitPattern: $0) } + [0], text.count)
            }
            return texts + [nil]
        }
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
