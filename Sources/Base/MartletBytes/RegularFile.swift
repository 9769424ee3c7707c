private import Glibc

/// Reads a whole file that a person has named: a certificate, a page, a configuration.
///
/// What stands in its place by mistake, or by somebody's will, never makes the reader wait: FIFOs and devices are not read.
package enum RegularFile {
    package enum Problem: Error, Sendable, Equatable {
        case missing
        /// This user may not read it.
        case forbidden
        case folder
        /// A FIFO, a socket or a device.
        case notAFile
        case tooLarge
        /// In the system's words.
        case other(String)
    }

    /// - Throws: ``Problem``.
    package static func read(_ path: String, atMost limit: Int) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw problem(errno) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw problem(errno) }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .folder
        default: throw .notAFile
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(errno) }
            if count == 0 { return bytes }
            bytes += block.prefix(count)
            guard bytes.count <= limit else { throw .tooLarge }
        }
    }

    private static func problem(_ number: CInt) -> Problem {
        switch number {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .forbidden
        // A socket cannot be opened.
        case ENXIO, ENODEV: .notAFile
        default: .other(String(cString: strerror(number)))
        }
    }
}

extension RegularFile.Problem: CustomStringConvertible {
    /// To be put after the path and a colon.
    package var description: String {
        switch self {
        case .missing: "there is no such file"
        case .forbidden: "this user may not read it"
        case .folder: "it is a folder, not a file"
        case .notAFile: "it is a pipe, a socket or a device, not a file"
        case .tooLarge: "it is too large"
        case .other(let reason): reason
        }
    }
}
