internal import MartletBytes
package import NIOCore

/// Cuts what a program writes to its standard error, or to FCGI_STDERR, into lines for the log.
///
/// The rules:
///
/// 1. A line is at most ``lineBytes`` long; the rest of it is the next one.
/// 2. A request has at most ``requestBytes``. What is beyond it is dropped, and said once.
/// 3. Control characters become question marks: no script writes other lines into the log, or to a terminal. Empty lines are left out.
package struct ErrorLines: Sendable {
    /// php-fpm: `log_limit 1024`; gunicorn and Apache cut at 8 KB.
    package static let lineBytes = 8192
    /// As much as a log needs of one request: some tracebacks.
    package static let requestBytes = 65_536

    private var line: [UInt8] = []
    private var left = requestBytes

    package init() {}

    /// - Parameter body: called with each line that is whole.
    package mutating func take(_ bytes: ByteBuffer, _ body: (String) -> Void) {
        guard left > 0 else { return }
        for byte in bytes.readableBytesView {
            guard left > 0 else { break }
            left -= 1
            if byte == 0x0A || line.count == Self.lineBytes { flush(body) }
            if byte != 0x0A { line.append(byte) }
        }
        if left == 0 {
            flush(body)
            body("(it writes more, which is not logged: \(Self.requestBytes) bytes of a request are)")
        }
    }

    /// The last line, which need not have an end.
    package mutating func finish(_ body: (String) -> Void) { flush(body) }

    private mutating func flush(_ body: (String) -> Void) {
        while let last = line.last, ASCII.isBlank(last) || last == 0x0D { line.removeLast() }
        guard !line.isEmpty else { return }
        let isText = line.allSatisfy { !ASCII.isControl($0) || $0 == 0x09 }
        let shown = isText ? line : line.map { ASCII.isControl($0) && $0 != 0x09 ? UInt8(ascii: "?") : $0 }
        line.removeAll(keepingCapacity: true)
        body(String(decoding: shown, as: UTF8.self))
    }
}
