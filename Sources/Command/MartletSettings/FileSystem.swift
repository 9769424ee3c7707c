import FoundationEssentials
import Glibc
import MartletBytes
package import MartletServer

/// What the command looks up in the file system before anything starts.
package enum FileSystem {
    package enum Kind: Equatable {
        case file, folder, missing
        /// It may be there or not: this process may not look. With the system's word.
        case forbidden(String)
    }

    package static func kind(of path: String) -> Kind {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .missing : .forbidden(String(cString: strerror(errno)))
        }
        return facts.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// Whether it is a file, and no pipe, socket or device.
    package static func isRegularFile(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }

    /// Who owns a file or folder, and who may do what with it: the last twelve bits of its mode. Nil if it cannot be looked at.
    package static func ownership(of path: String) -> (mode: UInt32, owner: UInt32, group: UInt32)? {
        var facts = stat()
        return stat(path, &facts) == 0 ? (facts.st_mode & 0o7777, facts.st_uid, facts.st_gid) : nil
    }

    /// Whether anybody may run it: who will is not known yet.
    package static func isExecutable(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & 0o111 != 0
    }

    /// Whether it is a folder, no link to one, that belongs to a user, and that no other one may enter.
    package static func isPrivateFolder(_ path: String, of user: UInt32 = geteuid()) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR && facts.st_uid == user
            && facts.st_mode & 0o077 == 0
    }

    /// The number of the user that it belongs to, a link itself rather than what it leads to. Nil if it is not there.
    package static func owner(of path: String) -> UInt32? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts.st_uid : nil
    }

    /// Why nothing can be written into a folder, which need not be there yet; nil if it can.
    package static func problem(withFolderToMake path: String) -> String? {
        var nearest = path
        while kind(of: nearest) == .missing, nearest != "/", nearest != "." { nearest = split(nearest).folder }
        switch kind(of: nearest) {
        case .file: return "\(nearest) is a file, not a folder"
        case .forbidden(let reason): return "\(nearest) cannot be reached: \(reason)"
        case .folder, .missing:
            guard access(nearest, W_OK | X_OK) != 0 else { return nil }
            return "\(nearest) cannot be written to: \(String(cString: strerror(errno)))"
        }
    }

    /// Why a file cannot be written to, which need not be there yet; nil if it can.
    package static func problem(withFileToWrite path: String) -> String? {
        let folder = split(path).folder
        switch kind(of: path) {
        case .folder: return "\(path) is a folder"
        case .forbidden(let reason): return "\(path) cannot be reached: \(reason)"
        case .file:
            return access(path, W_OK) == 0 ? nil : "\(path) cannot be written: \(String(cString: strerror(errno)))"
        case .missing where kind(of: folder) != .folder: return "there is no folder \(folder)"
        case .missing:
            if access(folder, W_OK | X_OK) == 0 { return nil }
            return "nothing can be written into \(folder): \(String(cString: strerror(errno)))"
        }
    }

    /// Whether two paths lead to one file.
    package static func isSameFile(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(path, &first) == 0 && stat(other, &second) == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// The names in a folder, sorted; none when it cannot be read.
    package static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    package static func join(_ folder: String, _ path: String) -> String {
        if path.hasPrefix("/") || folder == "." { return path }
        return folder.hasSuffix("/") ? folder + path : folder + "/" + path
    }

    /// The path cut into its folder ("." for none) and its last part.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }

    package static func existingFolder(_ path: String) throws(SettingError) -> String {
        switch kind(of: path) {
        case .folder:
            guard access(path, X_OK) == 0 else {
                throw SettingError(description: "the folder may not be entered: \(String(cString: strerror(errno)))")
            }
            return path
        case .forbidden(let reason): throw SettingError(description: "it cannot be reached: \(reason)")
        case .file: throw SettingError(description: "it is a file, not a folder")
        case .missing:
            let (folder, name) = split(path)
            let siblings = names(in: folder).filter { kind(of: join(folder, $0)) == .folder }
            let guess =
                NearMatch.closest(to: name, among: siblings).map { "; did you mean '\(join(folder, $0))'?" } ?? ""
            throw SettingError(description: "there is no such folder" + guess)
        }
    }
}
