import MartletBytes

/// Cuts what a program writes into lines for the log, as long as it runs.
///
/// A line is at most 8 KB long, and the rest of it the next one; gunicorn and Apache cut there as well. Empty lines are left out. Control
/// characters are dealt with where the log is written.
struct OutputLines {
    private static let longest = 8192

    private var line: [UInt8] = []

    mutating func take(_ bytes: some Sequence<UInt8>, _ body: (String) -> Void) {
        for byte in bytes {
            if byte == 0x0A || line.count == Self.longest { finish(body) }
            if byte != 0x0A { line.append(byte) }
        }
    }

    /// The last line, which need not have an end.
    mutating func finish(_ body: (String) -> Void) {
        while let last = line.last, ASCII.isBlank(last) || last == 0x0D { line.removeLast() }
        guard !line.isEmpty else { return }
        body(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
    }
}
