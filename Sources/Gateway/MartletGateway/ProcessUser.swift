/// A user and the groups that a process runs as.
package struct ProcessUser: Sendable, Equatable {
    package let name: String
    package let user: UInt32
    package let group: UInt32
    /// The supplementary groups, as at a login.
    package let groups: [UInt32]
    package let home: String

    /// Looks up `user` or `user:group`, each by name or by number.
    package init(_ text: String) throws(ProcessUserError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let userName = parts.first, !userName.isEmpty, parts.last?.isEmpty == false else {
            throw .malformed(text)
        }
        do throws(AccountError) {
            let entry = try Accounts.user(userName)
            group = parts.count > 1 ? try Accounts.group(parts[1]) : entry.group
            name = entry.name
            user = entry.user
            groups = Accounts.groups(of: entry.name, with: group)
            home = entry.home
        } catch {
            throw .unknown(error)
        }
    }
}

/// Why a text names no user.
package enum ProcessUserError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case unknown(AccountError)

    package var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not a user: write USER or USER:GROUP, by name or number."
        case .unknown(let error): "\(error)"
        }
    }
}
