internal import Glibc
package import MartletProcesses

/// The Python that runs an application: the user's own.
public struct Interpreter: Sendable, Equatable {
    /// The executable; a virtual environment's is not resolved further, for its place is what makes it one.
    public let path: String
    /// Such as `3.11.7`.
    public let version: String
    /// Why this one, such as `.venv beside the application`.
    public let reason: String

    /// Looks for the interpreter: what was asked for, then the environment that Martlet is installed in, VIRTUAL_ENV, `.venv`, `venv`
    /// or `env` beside the application and in the current folder, CONDA_PREFIX, and python3 on PATH. An environment that was made for Martlet
    /// alone is the last but PATH. It is run as the application's user, with its environment. An environment that is
    /// there, or is named, and has no Python that runs is an error: its packages are what the application needs.
    ///
    /// - Parameter isOneOfSeveral: whether `.venv` beside the application goes before Martlet's environment and VIRTUAL_ENV, which cannot
    ///   be meant for all of several applications.
    /// - Throws: ``InterpreterError``.
    package static func find(
        _ configuration: PythonConfiguration,
        isOneOfSeveral: Bool = false
    ) throws(InterpreterError) -> Interpreter {
        let identity: ChildIdentity
        do { identity = try ChildIdentity(configuration) } catch { throw .user(error) }
        let directory = configuration.directory ?? "."
        if let wanted = configuration.python {
            let path = wanted.contains("/") ? wanted : (onPath(wanted) ?? wanted)
            switch ProgramFile(path) {
            case .executable:
                return try probe(
                    absolute(path),
                    reason: configuration.names.name(\.python),
                    identity,
                    in: directory
                )
            case .missing: throw .notExecutable(wanted)
            case .forbidden(let reason): throw .notPermitted(wanted, reason)
            }
        }
        for environment in environments(configuration, in: directory, isOneOfSeveral: isOneOfSeveral) {
            let path = environment.folder + "/bin/python"
            switch ProgramFile(path) {
            case .executable: return try probe(absolute(path), reason: environment.reason, identity, in: directory)
            case .missing where !environment.isThere: continue
            case .missing: throw .brokenEnvironment(environment.folder, environment.reason, target(of: path))
            case .forbidden(let reason): throw .notPermitted(path, reason)
            }
        }
        guard let path = onPath("python3") else { throw .notFound }
        return try probe(path, reason: "python3 on PATH", identity, in: directory)
    }

    private static func environments(
        _ configuration: PythonConfiguration,
        in directory: String,
        isOneOfSeveral: Bool
    ) -> [PythonEnvironment] {
        let installed = PythonEnvironment.ofProgram()
        let own = installed.flatMap { $0.isForProgram ? nil : $0.environment }
        let active = variable("VIRTUAL_ENV").map { PythonEnvironment(named: $0, reason: "VIRTUAL_ENV") }
        let meant = [own, active].compactMap { $0 }
        var places: [(folder: String, words: String)] = []
        for folder in [directory, applicationFolder(configuration, in: directory)] {
            places.append((folder, "beside the application"))
        }
        let beside = places.flatMap { PythonEnvironment.inFolder($0.folder, $0.words) }
        let conda = variable("CONDA_PREFIX").map { PythonEnvironment(named: $0, reason: "CONDA_PREFIX") }
        let last = installed.flatMap { $0.isForProgram ? $0.environment : nil }
        return (isOneOfSeveral ? beside + meant : meant + beside)
            + PythonEnvironment.inFolder(".", "in the current folder") + [conda, last].compactMap { $0 }
    }

    /// What a link that leads nowhere names.
    private static func target(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    private static func applicationFolder(_ configuration: PythonConfiguration, in directory: String) -> String {
        let target = configuration.application.prefix { $0 != ":" }
        guard let slash = target.lastIndex(of: "/") else { return directory }
        let folder = String(target[..<slash])
        return folder.hasPrefix("/") ? folder : directory + "/" + folder
    }

    private static func probe(
        _ path: String,
        reason: String,
        _ identity: ChildIdentity,
        in directory: String
    ) throws(InterpreterError) -> Interpreter {
        // In the language of Python 2 as well, so that an old one can be told by its version. `sysconfig` would say it too, and takes as
        // long again as the start of Python.
        let code = """
            import os, sys
            name = getattr(getattr(sys, "implementation", None), "name", "cpython")
            free = int("t" in getattr(sys, "abiflags", ""))
            sys.stdout.write("%s %d.%d.%d %s" % ((name,) + tuple(sys.version_info[:3]) + (free,)))
            for path in sys.argv[1:]:
                if not os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)):
                    sys.stdout.write("\\n" + path)
            """
        // Another user may not see what the server sees; the server itself would find that out by itself.
        let needed = identity.user == nil ? [] : [directory, try? WorkerLaunch.findLibrary()].compactMap { $0 }
        guard let script = try? WorkerLaunch.memoryFile(of: Array(code.utf8)) else {
            throw .doesNotRun(path, as: identity.user?.name, nil)
        }
        defer { close(script) }
        // A program of `python -c` could take a module of the current folder for one of Python's own.
        let arguments = ["/dev/fd/\(script)"] + needed
        let output: String
        switch ChildProcess.output(of: path, arguments, inherited: [script], identity: identity, within: patience) {
        case .printed(let text): output = text
        case .failed(let status): throw .doesNotRun(path, as: identity.user?.name, status)
        case .tookTooLong: throw .doesNotAnswer(path)
        }
        let lines = output.split(separator: "\n").map(String.init)
        let words = (lines.first ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 3 else { throw .doesNotRun(path, as: identity.user?.name, nil) }
        if let user = identity.user, lines.count > 1 { throw .notReadable(lines[1], by: user.name) }
        let numbers = words[1].split(separator: ".").compactMap { Int($0) }
        guard words[0] == "cpython" else { throw .notCPython(path, words[0]) }
        guard words[2] == "0" else { throw .freeThreaded(path, words[1]) }
        guard numbers.count == 3, numbers[0] == 3, numbers[1] >= 9 else { throw .tooOld(path, words[1]) }
        return Interpreter(path: path, version: words[1], reason: reason)
    }

    /// A Python says its version within a tenth of a second; on a slow network file system, for the first time, within some.
    private static let patience = Duration.seconds(30)

    /// 11 of 3.11.7.
    var minorVersion: Int {
        let numbers = version.split(separator: ".")
        return numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func onPath(_ name: String) -> String? {
        (variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(name)" }
            .first { ProgramFile($0) == .executable }
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
    }
}

/// Why no Python can be used.
package enum InterpreterError: Error, Equatable, CustomStringConvertible {
    case notFound
    case notExecutable(String)
    /// A path, and the system's word.
    case notPermitted(String, String)
    /// Its folder, why it was looked at, and what its Python links to.
    case brokenEnvironment(String, String, String?)
    case doesNotRun(String, as: String?, ExitStatus?)
    case doesNotAnswer(String)
    case user(ChildUserError)
    case notReadable(String, by: String)
    case notCPython(String, String)
    case freeThreaded(String, String)
    case tooOld(String, String)

    /// Which setting would put it right.
    package var setting: PartialKeyPath<PythonConfiguration> {
        switch self {
        case .user, .notReadable: \.user
        default: \.python
        }
    }

    package var description: String { text(.fields) }

    /// - Parameter names: how the settings are written where the application was configured.
    package func text(_ names: SettingNames) -> String {
        let another = names.assignment(\.python, "PATH")
        return switch self {
        case .notFound:
            "There is no python3 on PATH. Install Python 3.9 or newer, or name an interpreter with \(another)."
        case .notExecutable(let path):
            "\(names.name(\.python)) \(path): there is no such program. Give the path of an interpreter, such as .venv/bin/python."
        case .notPermitted(let path, let reason):
            "\(path) cannot be run: \(reason). Give this user the right to, or choose another Python with \(another)."
        case .brokenEnvironment(let folder, let reason, let target):
            "The environment \(folder) (\(reason)) has no Python: "
                + (target.map { "its bin/python is a link to \($0), which is not there. " }
                    ?? "there is no \(folder)/bin/python. ")
                + "Make it anew with 'python3 -m venv', remove it"
                + (reason.contains(" ") ? "" : " or unset \(reason)")
                + ", or choose another Python with \(another)."
        case .doesNotRun(let path, nil, let status?):
            "\(path) does not run: it \(status) at 'import os, sys'. Repair that Python, or choose another with \(another)."
        case .doesNotRun(let path, nil, nil):
            "\(path) does not run, or is no Python: it does not say its version. Choose another with \(another)."
        case .doesNotRun(let path, let user?, _):
            "\(path) does not run as user \(user): that user may not be allowed to enter its folder. "
                + "Choose another with \(another)."
        case .doesNotAnswer(let path):
            "\(path) has not said its version within 30 s: what it runs at every start hangs, a sitecustomize or a .pth file. "
                + "Repair that, or choose another Python with \(another)."
        case .notReadable(let path, let user):
            "The user \(user), whom the application is to run as, cannot read \(path). Give that user the right to, or move it."
        case .user(let error):
            "\(error)"
        case .notCPython(let path, let name):
            "\(path) is \(name); Martlet runs CPython. Choose another with \(another)."
        case .freeThreaded(let path, let version):
            "\(path) is a free-threaded build of Python \(version), which Martlet does not serve yet. "
                + "Choose the ordinary build with \(another)."
        case .tooOld(let path, let version):
            "\(path) is Python \(version); Martlet needs 3.9 or newer. Choose another with \(another)."
        }
    }
}
