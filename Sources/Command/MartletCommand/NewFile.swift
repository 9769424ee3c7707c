import Glibc

/// A file that is made and was not there before: nothing is written over by itself.
enum NewFile {
    enum Problem: Error, CustomStringConvertible {
        case isThere
        /// In the system's words.
        case other(String)

        var description: String {
            switch self {
            case .isThere: "it is there already"
            case .other(let reason): reason
            }
        }
    }

    /// - Parameter replaces: whether one that is there may be written over.
    static func write(_ text: String, to path: String, replaces: Bool = false) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replaces ? O_TRUNC : O_EXCL), 0o666)
        guard descriptor >= 0 else { throw errno == EEXIST ? .isThere : .other(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                // Half a configuration is worse than none.
                unlink(path)
                throw .other(reason)
            }
            rest = rest.dropFirst(count)
        }
    }
}
