private import Glibc

/// Standard error, written to directly: a text has been written when the call returns, and two short texts never mix.
package enum StandardError {
    package static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(STDERR_FILENO, start, rest.count)
                if count < 0 && errno == EINTR { continue }
                // If standard error is closed, there is nowhere to report it.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }

    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
