internal import Glibc
package import MartletGateway

/// The user and the groups that an application's Python runs as.
package struct WorkerUser: Sendable, Equatable {
    package let name: String
    let user: uid_t
    let group: gid_t
    /// The supplementary groups, as at a login.
    let groups: [gid_t]
    let home: String

    /// Looks up `user` or `user:group`, each by name or by number.
    ///
    /// - Throws: ``WorkerUserError``, also where this process may not change its user.
    package init(_ text: String) throws(WorkerUserError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let userName = parts.first, !userName.isEmpty, parts.last?.isEmpty == false else {
            throw .malformed(text)
        }
        let entry: Accounts.User
        do throws(AccountError) {
            entry = try Accounts.user(userName)
            group = parts.count > 1 ? try Accounts.group(parts[1]) : entry.group
        } catch {
            throw .unknown(error)
        }
        guard geteuid() == 0 else { throw .notRoot(text) }
        name = entry.name
        user = entry.user
        groups = Accounts.groups(of: entry.name, with: group)
        home = entry.home
    }

    /// What a login sets, so that programs find their files.
    var environment: [String: String] { ["HOME": home, "USER": name, "LOGNAME": name] }
}

/// Why an application cannot run as a user.
package enum WorkerUserError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case unknown(AccountError)
    case notRoot(String)

    package var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not a user: write USER or USER:GROUP, by name or number."
        case .unknown(let error): "\(error)"
        case .notRoot(let text):
            "Only root can run an application as another user ('\(text)'). Start Martlet as root, or leave the user out."
        }
    }
}
