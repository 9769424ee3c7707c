/// Users and their hashes, as in a file of `htpasswd`: `name:hash` a line.
package struct PasswordFile: Sendable, Equatable {
    package private(set) var users: [String: PasswordHash] = [:]

    package init() {}

    /// - Throws: ``PolicyError`` with the number of the line.
    package init(parsing text: String) throws(PolicyError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.hasSuffix("\r") ? line.dropLast() : line
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let colon = line.firstIndex(of: ":") else {
                throw PolicyError("line \(index + 1) is not of the form name:hash")
            }
            do { try add(String(line[..<colon]), hash: String(line[line.index(after: colon)...])) } catch {
                throw PolicyError("line \(index + 1): \(error)")
            }
        }
    }

    /// - Throws: ``PolicyError``.
    package mutating func add(_ name: String, hash: String) throws(PolicyError) {
        guard !name.isEmpty, name.utf8.count <= 255, !name.contains(":"),
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw PolicyError("\"\(name)\" is no name of a user: it has no colon, and is not empty") }
        guard users[name] == nil else { throw PolicyError("the user \(name) is there twice") }
        do { users[name] = try PasswordHash(parsing: hash) } catch {
            throw PolicyError("the hash of \(name) cannot be used: \(error)")
        }
    }

    package mutating func merge(_ other: PasswordFile) throws(PolicyError) {
        for (name, hash) in other.users {
            guard users[name] == nil else { throw PolicyError("the user \(name) is there twice") }
            users[name] = hash
        }
    }
}
