/// The text of server-sent events (HTML standard, section 9.2.5).
enum EventText {
    /// A comment, as the standard advises against proxies that drop silent connections.
    static let comment = ":\n\n"

    /// - Throws: ``UnusableEvent``.
    static func event(data: String, event: String?, id: String?, retry: Duration?) throws(UnusableEvent) -> String {
        var text = ""
        if let event { text += "event: \(try line(event, "event"))\n" }
        // Browsers ignore an id with a NUL.
        if let id { text += "id: \(try line(id, "id", forbidden: [0]))\n" }
        if let retry { text += "retry: \(milliseconds(retry))\n" }
        for line in lines(data) { text += "data: \(line)\n" }
        return text + "\n"
    }

    private static func line(_ value: String, _ field: String, forbidden: [UInt8] = []) throws(UnusableEvent) -> String
    {
        guard !value.utf8.contains(where: { $0 == 10 || $0 == 13 || forbidden.contains($0) }) else {
            throw UnusableEvent(field: field, value: value)
        }
        return value
    }

    /// At CR LF, LF and CR, as browsers do. Without this a text could begin an event of its own.
    private static func lines(_ text: String) -> [Substring] {
        var lines: [Substring] = []
        var rest = text.utf8[...]
        while let end = rest.firstIndex(where: { $0 == 10 || $0 == 13 }) {
            lines.append(Substring(rest[..<end]))
            let isPair = rest[end] == 13 && rest[end...].dropFirst().first == 10
            rest = rest[end...].dropFirst(isPair ? 2 : 1)
        }
        return lines + [Substring(rest)]
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(0, min(seconds, 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
