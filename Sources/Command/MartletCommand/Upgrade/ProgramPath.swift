import Glibc
import MartletSettings

/// Where this program was started from, so that what stands there later can be started in its place.
struct ProgramPath: Sendable {
    let path: String

    /// As it was called, where that leads to this program: a link that is changed for an upgrade is followed anew. Else what the system
    /// says of it, which is the end of all links.
    static func find() -> ProgramPath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let real = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return ProgramPath(path: candidates.first { FileSystem.isSameFile($0, "/proc/self/exe") } ?? real)
    }

    private static var candidates: [String] {
        guard let called = CommandLine.arguments.first else { return [] }
        guard !called.contains("/") else {
            guard !called.hasPrefix("/"), let folder = getcwd(nil, 0) else { return [called] }
            defer { free(folder) }
            return [FileSystem.join(String(cString: folder), called)]
        }
        let places = getenv("PATH").map { String(cString: $0) } ?? ""
        return places.split(separator: ":").filter { $0.hasPrefix("/") }.map { FileSystem.join(String($0), called) }
    }
}
