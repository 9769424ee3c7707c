internal import Glibc

/// The user and the groups that an application's Python runs as.
public struct WorkerUser: Sendable, Equatable {
    public let name: String
    let user: uid_t
    let group: gid_t
    /// The supplementary groups, as at a login.
    let groups: [gid_t]
    let home: String

    /// Looks up `user` or `user:group`, each by name or by number.
    ///
    /// - Throws: ``WorkerUserError``, also where this process may not change its user.
    public init(_ text: String) throws(WorkerUserError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let userName = parts.first, !userName.isEmpty, parts.last?.isEmpty == false else {
            throw .malformed(text)
        }
        let entry = try Accounts.user(userName)
        var group = entry.group
        if parts.count > 1, let groupName = parts.last { group = try Accounts.group(groupName) }
        guard geteuid() == 0 else { throw .notRoot(text) }
        name = entry.name
        user = entry.user
        self.group = group
        groups = Accounts.groups(of: entry.name, with: group)
        home = entry.home
    }

    /// What a login sets, so that programs find their files.
    var environment: [String: String] { ["HOME": home, "USER": name, "LOGNAME": name] }
}

/// Why an application cannot run as a user.
public enum WorkerUserError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case noUser(String)
    case noGroup(String)
    case noNumber(String)
    case notRoot(String)

    public var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not a user: write USER or USER:GROUP, by name or number."
        case .noUser(let name): "There is no user '\(name)' on this machine."
        case .noGroup(let name): "There is no group '\(name)' on this machine."
        case .noNumber(let text):
            "'\(text)' is no number of a user or a group: they go from 0 to \(UInt32.max - 1)."
        case .notRoot(let text):
            "Only root can run an application as another user ('\(text)'). Start Martlet as root, or leave the user out."
        }
    }
}
