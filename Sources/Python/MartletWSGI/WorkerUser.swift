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
        guard let entry = Self.entry(ofUser: userName) else { throw .noUser(userName) }
        var group = entry.group
        if parts.count > 1, let groupName = parts.last {
            guard let id = Self.id(ofGroup: groupName) else { throw .noGroup(groupName) }
            group = id
        }
        guard geteuid() == 0 else { throw .notRoot(text) }
        name = entry.name
        user = entry.user
        self.group = group
        groups = Self.groups(of: entry.name, with: group)
        home = entry.home
    }

    /// What a login sets, so that programs find their files.
    var environment: [String: String] { ["HOME": home, "USER": name, "LOGNAME": name] }
}

// MARK: - The system's tables

extension WorkerUser {
    private struct Entry {
        let name: String
        let user: uid_t
        let group: gid_t
        let home: String
    }

    private static func entry(ofUser text: String) -> Entry? {
        let byName = lookUp { getpwnam_r(text, $0, $1, $2, $3) }
        if let byName { return byName }
        guard let id = uid_t(text) else { return nil }
        // A number without an entry is right in containers, where /etc/passwd knows few.
        return lookUp { getpwuid_r(id, $0, $1, $2, $3) } ?? Entry(name: text, user: id, group: gid_t(id), home: "/")
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> CInt

    private static func lookUp(_ call: Lookup) -> Entry? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, call(&entry, base, buffer.count, &found) == 0, found != nil else {
                return nil
            }
            return Entry(
                name: entry.pw_name.map { String(cString: $0) } ?? "",
                user: entry.pw_uid,
                group: entry.pw_gid,
                home: entry.pw_dir.map { String(cString: $0) } ?? "/"
            )
        }
    }

    private static func id(ofGroup text: String) -> gid_t? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65_536)
        let error = getgrnam_r(text, &entry, &buffer, buffer.count, &found)
        return error == 0 && found != nil ? entry.gr_gid : gid_t(text)
    }

    private static func groups(of name: String, with group: gid_t) -> [gid_t] {
        var count: CInt = 64
        while count <= 65_536 {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let capacity = count
            if getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(max(0, count)))) }
            count = max(count, capacity * 2)
        }
        return [group]
    }
}

/// Why an application cannot run as a user.
public enum WorkerUserError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case noUser(String)
    case noGroup(String)
    case notRoot(String)

    public var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not a user: write USER or USER:GROUP, by name or number."
        case .noUser(let name): "There is no user '\(name)' on this machine."
        case .noGroup(let name): "There is no group '\(name)' on this machine."
        case .notRoot(let text):
            "Only root can run an application as another user ('\(text)'). Start Martlet as root, or leave the user out."
        }
    }
}
