import Glibc
import MartletBytes
import MartletSettings

/// What lies where CGI scripts are to be: looked at before anything is served, so that mistakes are said then.
struct ScriptsPlace {
    let isFolder: Bool
    /// Why nothing of it can be run; nil if something can.
    private(set) var problem: String?
    /// What will not be run, though it looks as if it were to be.
    private(set) var concern: String?
    /// The scripts that can, by their names.
    private(set) var listing = ""

    /// So many names are said.
    private static let most = 5

    init(_ path: String) {
        let kind = FileSystem.kind(of: path)
        isFolder = kind == .folder
        switch kind {
        case .folder: look(into: path)
        case .forbidden(let reason): problem = "\(path) cannot be reached: \(reason)"
        case .file:
            listing = FileSystem.split(path).name
            if !FileSystem.isRegularFile(path) { problem = "\(path) is neither a folder nor a file" }
            if !FileSystem.isExecutable(path) { problem = Self.advice(path) }
        case .missing:
            let (folder, name) = FileSystem.split(path)
            let guess = NearMatch.closest(to: name, among: FileSystem.names(in: folder))
            problem =
                "there is neither a folder nor a script \(path)"
                + (guess.map { "; did you mean '\(FileSystem.join(folder, $0))'?" } ?? "")
        }
    }

    private mutating func look(into path: String) {
        guard access(path, R_OK | X_OK) == 0 else {
            problem = "\(path) may not be entered: \(String(cString: strerror(errno)))"
            return
        }
        var scripts: [String] = []
        var forgotten: [String] = []
        var hasFolders = false
        for name in FileSystem.names(in: path) where !name.hasPrefix(".") {
            let file = FileSystem.join(path, name)
            if FileSystem.kind(of: file) == .folder {
                hasFolders = true
            } else if FileSystem.isRegularFile(file), FileSystem.isExecutable(file) {
                scripts.append(name)
            } else if FileSystem.isRegularFile(file), Self.isScript(file) {
                forgotten.append(file)
            }
        }
        listing = Self.list(scripts)
        if let first = forgotten.first {
            concern = Self.advice(first) + (forgotten.count > 1 ? " (and \(forgotten.count - 1) more)" : "")
        } else if scripts.isEmpty, !hasFolders {
            concern = "no file in \(path) is executable, so there is nothing to run"
        }
    }

    private static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "none at the top of the folder" }
        let more = names.count > most ? " and \(names.count - most) more" : ""
        return names.prefix(most).joined(separator: ", ") + more
    }

    private static func advice(_ path: String) -> String { "\(path) is not executable: chmod +x \(path)" }

    /// Whether it begins as a script does, with the name of its interpreter.
    private static func isScript(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 2)
        return read(descriptor, &start, 2) == 2 && start.elementsEqual("#!".utf8)
    }
}
