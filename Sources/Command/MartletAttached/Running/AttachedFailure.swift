import Glibc
import MartletProcesses

/// Why a command could not be started.
enum AttachedFailure: Error, CustomStringConvertible {
    case noFolder(String, number: CInt)
    /// With where it was looked for.
    case noProgram(String, path: String?, SpawnError)
    case system(SpawnError)

    var description: String {
        switch self {
        case .noFolder(let folder, ENOENT): "there is no folder \(folder)."
        case .noFolder(let folder, let number): "the folder \(folder) cannot be opened: \(Self.text(number))."
        case .noProgram(let program, _, let error) where error.number == ENOENT && program.contains("/"):
            "there is no program \(program), or who its first line names is not there."
        case .noProgram(let program, let path, let error) where error.number == ENOENT:
            "there is no program '\(program)' in the folders of PATH (\(path ?? "none"))."
        case .noProgram(let program, _, let error) where error.number == EACCES:
            "\(program) may not be run\(error.user.map { " by \($0)" } ?? ""): it, and the folders above it, have to be open to who runs it."
        case .noProgram(_, _, let error), .system(let error): "\(error)"
        }
    }

    private static func text(_ number: CInt) -> String { String(cString: strerror(number)) }
}

extension AttachedEnd {
    init(_ status: ExitStatus) { self.init(text: "\(status)", isSuccess: status == .exited(0)) }
}
