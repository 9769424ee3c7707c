internal import Glibc

/// A virtual environment that may be there.
struct PythonEnvironment {
    let folder: String
    /// Why it is looked at, such as `.venv beside the application`.
    let reason: String
    /// Whether somebody has said that it is one, or it looks like one.
    let isThere: Bool

    /// One that a variable of the environment names.
    init(named folder: String, reason: String) {
        self.folder = folder
        self.reason = reason
        isThere = true
    }

    /// What stands in a folder under a usual name. A folder `venv` may be anything; a file `.venv` names an environment for tools
    /// that change into it.
    static func inFolder(_ folder: String, _ words: String) -> [PythonEnvironment] {
        [".venv", "venv", "env"].map { name in
            let path = folder + "/" + name
            // Folders `env` are of many kinds.
            let isEnvironment =
                exists(path + "/pyvenv.cfg")
                || name != "env" && (exists(path + "/bin/python") || leadsNowhere(path))
            return PythonEnvironment(path, reason: "\(name) \(words)", isThere: isEnvironment)
        }
    }

    /// The one that this program is installed in, as pip does; nil where it is in none. pipx and uv make one for the program alone, with
    /// a file of their own in it: the application's packages are elsewhere.
    static func ofProgram() -> (environment: PythonEnvironment, isForProgram: Bool)? {
        let folder = String(RunningProgram.folder.dropLast("/bin".count))
        guard RunningProgram.folder.hasSuffix("/bin"), exists(folder + "/pyvenv.cfg") || exists(folder + "/conda-meta")
        else { return nil }
        let isForProgram = exists(folder + "/pipx_metadata.json") || exists(folder + "/uv-receipt.toml")
        return (PythonEnvironment(folder, reason: "Martlet is installed there", isThere: true), isForProgram)
    }

    private init(_ folder: String, reason: String, isThere: Bool) {
        self.folder = folder
        self.reason = reason
        self.isThere = isThere
    }

    private static func exists(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    private static func leadsNowhere(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && stat(path, &facts) != 0 && errno == ENOENT
    }
}

/// Whether a path can be run as a program by this process.
enum ProgramFile: Equatable {
    case executable
    case missing
    /// It is there, or may be there; the system's word.
    case forbidden(String)

    init(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            self = errno == ENOENT || errno == ENOTDIR ? .missing : .forbidden(Self.word(errno))
            return
        }
        if facts.st_mode & S_IFMT == S_IFDIR {
            self = .forbidden("it is a folder")
        } else if access(path, X_OK) != 0 {
            self = .forbidden(Self.word(errno))
        } else {
            self = facts.st_mode & S_IFMT == S_IFREG ? .executable : .forbidden("it is not a program")
        }
    }

    private static func word(_ number: CInt) -> String {
        let text = String(cString: strerror(number))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
