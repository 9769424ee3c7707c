import Glibc
import MartletBytes
import MartletSettings

/// What is in a folder and below it, as far as it can say what is to be served: the names of files, and the texts of some.
///
/// Paths are relative to the folder. Nothing of it is run, and everything is bounded: it may be a home with a million files.
struct FolderContents {
    /// By path; empty for those that were not read.
    private let texts: [String: String]

    /// Why sources were not read, by path.
    private(set) var skipped: [String: String] = [:]

    init(_ texts: [String: String]) { self.texts = texts }

    func has(_ path: String) -> Bool { texts[path] != nil }

    func text(_ path: String) -> String? { texts[path].flatMap { $0.isEmpty ? nil : $0 } }

    /// The files that are in a folder itself.
    func files(in folder: String) -> [String] {
        let start = folder == "." ? "" : folder + "/"
        return texts.keys.filter { $0.hasPrefix(start) && !$0.dropFirst(start.count).contains("/") }
            .map { String($0.dropFirst(start.count)) }
            .sorted()
    }

    /// The folders that are in a folder itself and have a file.
    func folders(in folder: String) -> [String] {
        let start = folder == "." ? "" : folder + "/"
        let below = texts.keys.filter { $0.hasPrefix(start) }.map { $0.dropFirst(start.count) }
        return Set(below.filter { $0.contains("/") }.map { String($0.prefix { $0 != "/" }) }).sorted()
    }
}

extension FolderContents {
    /// Of one source. An application's beginning is short; what is generated is not.
    private static let longestText = 256 << 10
    private static let mostTexts = 100
    private static let mostFolders = 60
    private static let mostNames = 20_000
    private static let depth = 2

    /// What no application is in, however it is named.
    private static let ignored: Set<String> = [
        "node_modules", "venv", "env", "tests", "test", "docs", "doc", "migrations", "__pycache__", "site-packages",
        "examples",
    ]

    /// - Parameter folder: a folder that is there.
    init(of folder: String) {
        var reader = Reader(root: folder)
        reader.read(".", depth: 0)
        texts = reader.texts
        skipped = reader.skipped
    }

    private struct Reader {
        let root: String
        var texts: [String: String] = [:]
        var skipped: [String: String] = [:]
        private var textsRead = 0
        private var foldersRead = 0

        init(root: String) { self.root = root }

        mutating func read(_ folder: String, depth: Int) {
            guard foldersRead < FolderContents.mostFolders else { return }
            foldersRead += 1
            var folders: [String] = []
            // The usual names first: there may be more than are read.
            let names = Self.names(in: FileSystem.join(root, folder))
            for name in names.sorted(by: { (SourceRank(file: $0), $0) < (SourceRank(file: $1), $1) }) {
                let path = FileSystem.join(folder, name)
                switch FileSystem.kind(of: FileSystem.join(root, path)) {
                case .file: texts[path] = Self.isRead(name) ? text(of: path) : ""
                case .folder: folders.append(path)
                case .missing, .forbidden: break
                }
            }
            guard depth < FolderContents.depth else { return }
            for path in folders where Self.isLookedInto(path, root) { read(path, depth: depth + 1) }
        }

        private mutating func text(of path: String) -> String {
            guard textsRead < FolderContents.mostTexts else { return "" }
            do throws(RegularFile.Problem) {
                let bytes = try RegularFile.read(FileSystem.join(root, path), atMost: FolderContents.longestText)
                textsRead += 1
                return String(decoding: bytes, as: UTF8.self)
            } catch {
                switch error {
                case .forbidden, .tooLarge, .other: skipped[path] = "\(error)"
                case .missing, .folder, .notAFile: break
                }
                return ""
            }
        }

        private static func isRead(_ name: String) -> Bool {
            name.hasSuffix(".py") || ["Package.swift", "pyproject.toml", ".flaskenv"].contains(name)
        }

        private static func isLookedInto(_ path: String, _ root: String) -> Bool {
            let name = FileSystem.split(path).name
            if name.hasPrefix(".") || FolderContents.ignored.contains(name) { return false }
            return FileSystem.kind(of: FileSystem.join(root, path) + "/pyvenv.cfg") == .missing
        }

        /// Not all of a folder that has very many.
        private static func names(in folder: String) -> [String] {
            guard let stream = opendir(folder) else { return [] }
            defer { closedir(stream) }
            var names: [String] = []
            while names.count < FolderContents.mostNames, let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != "." && name != ".." { names.append(name) }
            }
            return names
        }
    }
}

/// How likely a file of Python has the application in it, by its name: Flask looks for wsgi.py and app.py.
struct SourceRank: Comparable {
    private let value: Int

    private static let usual = [
        ["wsgi.py", "manage.py"], ["app.py", "application.py", "__init__.py"], ["main.py"], ["server.py", "run.py"],
    ]

    init(file name: String) {
        value = Self.usual.firstIndex { $0.contains(name) } ?? Self.usual.count
    }

    /// - Parameter depth: how many folders it is in.
    init(file name: String, depth: Int) {
        value = SourceRank(file: name).value + depth
    }

    static func < (first: SourceRank, second: SourceRank) -> Bool { first.value < second.value }
}
