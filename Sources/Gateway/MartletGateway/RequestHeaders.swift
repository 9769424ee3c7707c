public import HTTPTypes

/// The field lines of a request, read from its raw bytes. Names compare without regard to case.
public struct RequestHeaders: Sendable {
    package let head: RequestHead

    /// The value of a field; several lines of one name are joined with `, ` (RFC 9110 section 5.3), `Cookie` with `; `.
    public subscript(name: HTTPField.Name) -> String? {
        let wanted = name.canonicalName
        var found: String?
        for field in head.fields where Self.matches(head.slice(field.name), lowercased: wanted) {
            let value = head.string(field.value)
            found = found.map { $0 + (wanted == "cookie" ? "; " : ", ") + value } ?? value
        }
        return found
    }

    /// Every value of a field, one for each line, in the order they came.
    public func values(for name: HTTPField.Name) -> [String] {
        head.fields.lazy
            .filter { Self.matches(head.slice($0.name), lowercased: name.canonicalName) }
            .map { head.string($0.value) }
    }

    public func contains(_ name: HTTPField.Name) -> Bool {
        head.fields.contains { Self.matches(head.slice($0.name), lowercased: name.canonicalName) }
    }

    /// The number of field lines.
    public var count: Int { head.fields.count }

    /// Calls `body` with the name, as it was sent, and the value of each line.
    public func forEach(_ body: (_ name: String, _ value: String) throws -> Void) rethrows {
        for field in head.fields {
            try body(head.string(field.name), head.string(field.value))
        }
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, lowercased name: String) -> Bool {
        let wanted = name.utf8
        guard bytes.count == wanted.count else { return false }
        var index = 0
        for byte in wanted {
            let given = bytes[index]
            let folded = given >= 0x41 && given <= 0x5A ? given | 0x20 : given
            if folded != byte { return false }
            index &+= 1
        }
        return true
    }
}
