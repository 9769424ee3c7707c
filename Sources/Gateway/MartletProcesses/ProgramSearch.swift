internal import Glibc

/// Where a program is looked for, as a shell does.
package enum ProgramSearch {
    /// Where nothing says otherwise.
    private static let standardPath = "/usr/local/bin:/usr/bin:/bin"

    /// - Parameter path: `PATH` of the program; nil where it has none.
    /// - Returns: in their order; at least one.
    package static func places(of program: String, in path: String?) -> [String] {
        guard !program.contains("/") else { return [program] }
        let folders = (path ?? standardPath).split(separator: ":", omittingEmptySubsequences: false)
        // An empty one is the working directory.
        return folders.map { $0.isEmpty ? "./\(program)" : "\($0)/\(program)" }
    }
}

extension ChildIdentity {
    /// `PATH` of a child that has this identity.
    package var path: String? {
        variables["PATH"] ?? user?.environment["PATH"] ?? getenv("PATH").map { String(cString: $0) }
    }
}
