import MartletWSGI

/// The user and the group that a Unix socket is given to; nil where they stay as they are.
struct SocketOwner: Sendable, Equatable {
    let user: UInt32?
    let group: UInt32?

    /// Reads `USER`, `USER:GROUP` or `:GROUP`, by name or by number.
    init(parsing text: String) throws(SettingError) {
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
}
