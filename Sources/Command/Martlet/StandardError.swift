internal import Glibc

/// Standard error, written to at once.
enum StandardError {
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody is left to tell that standard error is closed.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
