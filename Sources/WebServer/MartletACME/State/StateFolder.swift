package import Glibc
import MartletBytes

/// A folder of what has to last longer than a process: keys and certificates, each whole or not there at all.
///
/// The rules:
///
/// 1. Files are for this user alone, and so are folders that are made.
/// 2. A file is written under another name, and takes its own when it is on the disk: whoever reads sees the former one or the new one.
/// 3. Nothing is made before something is written.
package struct StateFolder: Sendable, Hashable {
    /// The folder cannot be used.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    package let path: String

    package init(_ path: String) { self.path = path }

    /// Far more than a key with its chain.
    private static let mostBytes = 1 << 20

    package func folder(_ name: String) -> StateFolder { StateFolder("\(path)/\(name)") }

    /// - Returns: nil where there is no such file, or none that can be read.
    package func read(_ name: String) -> [UInt8]? {
        try? RegularFile.read("\(path)/\(name)", atMost: Self.mostBytes)
    }

    package func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) throws(Problem) {
        try make()
        // Other processes may write at the same time.
        let new = "\(path)/.\(name).\(getpid())"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw problem(name, "written") }
        defer { close(descriptor) }
        guard fchmod(descriptor, mode) == 0, writeAll(bytes, to: descriptor), fsync(descriptor) == 0,
            rename(new, "\(path)/\(name)") == 0
        else {
            let failure = problem(name, "written")
            unlink(new)
            throw failure
        }
    }

    package func remove(_ name: String) { unlink("\(path)/\(name)") }

    /// Makes the folder and those above it.
    package func make() throws(Problem) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw Problem(description: "the folder \(made) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// What the system says of a file of it, in `errno`.
    package func problem(_ name: String, _ what: String) -> Problem {
        Problem(description: "\(path)/\(name) cannot be \(what): \(String(cString: strerror(errno)))")
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
