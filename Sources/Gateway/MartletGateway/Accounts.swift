internal import Glibc

/// The system's tables of users and groups.
package enum Accounts {
    package struct User: Sendable {
        package let name: String
        package let user: UInt32
        package let group: UInt32
        package let home: String
    }

    /// Looks up a user by name or by number.
    ///
    /// - Throws: ``AccountError``.
    package static func user(_ text: String) throws(AccountError) -> User {
        if let known = lookUp({ getpwnam_r(text, $0, $1, $2, $3) }) { return try checked(known) }
        guard let id = try number(text) else { throw .noUser(text) }
        // A number without an entry is accepted: in containers /etc/passwd lists few users.
        return try checked(
            lookUp { getpwuid_r(id, $0, $1, $2, $3) } ?? User(name: text, user: id, group: id, home: "/")
        )
    }

    /// Looks up a group by name or by number.
    ///
    /// - Throws: ``AccountError``.
    package static func group(_ text: String) throws(AccountError) -> UInt32 {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65_536)
        if getgrnam_r(text, &entry, &buffer, buffer.count, &found) == 0, found != nil {
            guard entry.gr_gid != unchanged else { throw .noNumber("\(entry.gr_gid)") }
            return entry.gr_gid
        }
        guard let id = try number(text) else { throw .noGroup(text) }
        return id
    }

    /// The groups that a user has at a login.
    package static func groups(of name: String, with group: UInt32) -> [UInt32] {
        var count: CInt = 64
        while count <= 65_536 {
            var groups = [UInt32](repeating: 0, count: Int(count))
            let capacity = count
            if getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(max(0, count)))) }
            count = max(count, capacity * 2)
        }
        return [group]
    }

    /// To setresuid(2) and chown(2), -1 means "leave unchanged": the process would stay root.
    private static let unchanged = UInt32.max

    private static func checked(_ user: User) throws(AccountError) -> User {
        for id in [user.user, user.group] where id == unchanged { throw .noNumber("\(id)") }
        return user
    }

    /// Nil if the text is not a number.
    private static func number(_ text: String) throws(AccountError) -> UInt32? {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        guard digits.count == text.count, let id = UInt32(text), id != unchanged else { throw .noNumber(text) }
        return id
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> CInt

    private static func lookUp(_ call: Lookup) -> User? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, call(&entry, base, buffer.count, &found) == 0, found != nil else {
                return nil
            }
            return User(
                name: entry.pw_name.map { String(cString: $0) } ?? "",
                user: entry.pw_uid,
                group: entry.pw_gid,
                home: entry.pw_dir.map { String(cString: $0) } ?? "/"
            )
        }
    }
}

/// Why a user or a group cannot be used.
package enum AccountError: Error, Equatable, CustomStringConvertible {
    case noUser(String)
    case noGroup(String)
    case noNumber(String)

    package var description: String {
        switch self {
        case .noUser(let name): "There is no user '\(name)' on this machine."
        case .noGroup(let name): "There is no group '\(name)' on this machine."
        case .noNumber(let text): "'\(text)' is no number of a user or a group: they go from 0 to \(UInt32.max - 1)."
        }
    }
}
