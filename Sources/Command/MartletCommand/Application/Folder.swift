#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the command looks up in the file system before anything starts.
enum Folder {
    enum Kind { case file, folder, missing }

    static func kind(of path: String) -> Kind {
        // Only a folder has a "." in it.
        if FileManager.default.fileExists(atPath: path + "/.") { return .folder }
        return FileManager.default.fileExists(atPath: path) ? .file : .missing
    }

    /// The names in a folder, sorted; none when it cannot be read.
    static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func join(_ folder: String, _ path: String) -> String {
        if path.hasPrefix("/") || folder == "." { return path }
        return folder.hasSuffix("/") ? folder + path : folder + "/" + path
    }

    /// The path cut into its folder ("." for none) and its last part.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }

    static func existing(_ path: String) throws(SettingError) -> String {
        switch kind(of: path) {
        case .folder: return path
        case .file: throw SettingError(description: "it is a file, not a folder")
        case .missing:
            let (folder, name) = split(path)
            let siblings = names(in: folder).filter { kind(of: join(folder, $0)) == .folder }
            let guess = Suggestion.nearest(to: name, in: siblings).map { "; did you mean '\(join(folder, $0))'?" } ?? ""
            throw SettingError(description: "there is no such folder" + guess)
        }
    }
}
