internal import Glibc
package import MartletGateway

/// The user and the groups that a child runs as, where that is not the server itself.
package struct ChildUser: Sendable, Equatable {
    let account: ProcessUser
    /// Whether this process runs as that user already, and need not be root.
    let isOwn: Bool

    /// - Parameter text: `user` or `user:group`.
    /// - Throws: ``ChildUserError``, also where this process may not change its user.
    package init(_ text: String) throws(ChildUserError) {
        do throws(ProcessUserError) { account = try ProcessUser(text) } catch { throw .unknown(error) }
        isOwn = account.user == geteuid() && account.group == getegid() && geteuid() != 0
        guard isOwn || geteuid() == 0 else { throw .notRoot(text) }
    }

    package var name: String { account.name }

    /// What a login sets, so that programs find their files.
    package var environment: [String: String] { ["HOME": account.home, "USER": name, "LOGNAME": name] }
}

/// Why an application cannot run as a user.
package enum ChildUserError: Error, Equatable, CustomStringConvertible {
    case unknown(ProcessUserError)
    case notRoot(String)

    package var description: String {
        switch self {
        case .unknown(let error): "\(error)"
        case .notRoot(let text):
            "Only root can run an application as another user ('\(text)'). Start Martlet as root, or leave the user out."
        }
    }
}
