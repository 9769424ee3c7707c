import MartletGateway
package import MartletServer

/// The user and the group that a Unix socket is given to; nil where they stay as they are.
package struct SocketOwner: Sendable, Equatable {
    package let user: UInt32?
    package let group: UInt32?

    init(user: UInt32?, group: UInt32?) {
        self.user = user
        self.group = group
    }

    /// Reads `USER`, `USER:GROUP` or `:GROUP`, by name or by number.
    package init(parsing text: String) throws(SettingError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (userName, groupName) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        guard !userName.isEmpty || !groupName.isEmpty else {
            throw SettingError(description: "write USER, USER:GROUP or :GROUP, by name or number")
        }
        do {
            user = userName.isEmpty ? nil : try Accounts.user(userName).user
            group = groupName.isEmpty ? nil : try Accounts.group(groupName)
        } catch {
            throw SettingError(description: "\(error)")
        }
    }

    /// By number: names can be the same.
    var text: String { (user.map { "\($0)" } ?? "") + (group.map { ":\($0)" } ?? "") }
}

extension ServerConfiguration {
    /// The settings, beside the limits, that a reload takes up.
    package static var reloadable: [PartialKeyPath<ServerConfiguration>] {
        replaceable + [\.socketPermissions.givenTo]
    }
}

extension SocketPermissions {
    /// Whom the sockets are given to; nil where they stay the server's own.
    package var givenTo: SocketOwner? {
        get { owner == nil && group == nil ? nil : SocketOwner(user: owner, group: group) }
        set { (owner, group) = (newValue?.user, newValue?.group) }
    }
}
