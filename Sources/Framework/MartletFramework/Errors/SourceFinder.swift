internal import FoundationEssentials
internal import MartletBytes
internal import MartletPages

/// Finds the lines of a source file that is known by its module and name (`#fileID`): a program knows no more of where its sources
/// are, and they may be elsewhere or gone.
enum SourceFinder {
    /// So many folders and files are looked at: a package of thousands of files is still searched within a moment.
    private static let mostEntries = 20_000
    /// In bytes; longer files are generated.
    private static let longest = 1 << 20

    static func excerpt(file: String, line: Int) -> Excerpt? {
        guard let path = path(of: file), let bytes = try? RegularFile.read(path, atMost: longest) else { return nil }
        return Excerpt(of: String(decoding: bytes, as: UTF8.self), line: line, place: "\(file):\(line)")
    }

    /// Below the package that the program was started in, or that it was built in.
    private static func path(of file: String) -> String? {
        let parts = file.split(separator: "/")
        guard parts.count == 2, let module = parts.first, let name = parts.last else { return nil }
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        for start in [FileManager.default.currentDirectoryPath, program] {
            guard let package = package(above: start) else { continue }
            if let path = search(package, String(name), module: String(module)) { return path }
        }
        return nil
    }

    private static func package(above path: String) -> String? {
        var folder = path
        while !folder.isEmpty {
            if FileManager.default.fileExists(atPath: folder + "/Package.swift") { return folder }
            folder = folder.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        }
        return nil
    }

    /// A file of that name below a folder of the module's name; the only one of that name, if there is no such folder.
    private static func search(_ root: String, _ name: String, module: String) -> String? {
        var folders = [root]
        var others: [String] = []
        var entries = 0
        while let folder = folders.popLast(), entries < mostEntries {
            for entry in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where !entry.hasPrefix(".") {
                entries += 1
                let path = "\(folder)/\(entry)"
                if entry == name {
                    if folder.split(separator: "/").contains(where: { isFolder($0, of: module) }) { return path }
                    others.append(path)
                } else if !entry.contains(".") {
                    folders.append(path)
                }
            }
        }
        return others.count == 1 ? others.first : nil
    }

    /// A module's name has underscores where the target's has other characters.
    private static func isFolder(_ folder: Substring, of module: String) -> Bool {
        folder.count == module.count
            && zip(folder, module).allSatisfy { $0 == $1 || ($1 == "_" && !$0.isLetter && !$0.isNumber) }
    }
}
