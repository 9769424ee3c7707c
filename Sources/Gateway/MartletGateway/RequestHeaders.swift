public import HTTPTypes
internal import MartletBytes

/// The field lines of a request, read from its raw bytes. Names compare without regard to case.
public struct RequestHeaders: Sendable {
    package let head: RequestHead

    package init(head: RequestHead) { self.head = head }

    /// The value of a field; several lines of one name are joined with `, ` (RFC 9110 section 5.3), `Cookie` with `; `.
    public subscript(name: HTTPField.Name) -> String? {
        let wanted = name.canonicalName
        var found: String?
        for field in head.fields where ASCIICase.equals(head.slice(field.name), wanted.utf8) {
            let value = head.string(field.value)
            found = found.map { $0 + (wanted == "cookie" ? "; " : ", ") + value } ?? value
        }
        return found
    }

    /// Every value of a field, one for each line, in the order they came.
    public func values(for name: HTTPField.Name) -> [String] {
        head.fields.lazy
            .filter { ASCIICase.equals(head.slice($0.name), name.canonicalName.utf8) }
            .map { head.string($0.value) }
    }

    public func contains(_ name: HTTPField.Name) -> Bool {
        head.fields.contains { ASCIICase.equals(head.slice($0.name), name.canonicalName.utf8) }
    }

    /// The number of field lines.
    public var count: Int { head.fields.count }

    /// Calls `body` with the name, as it was sent, and the value of each line.
    public func forEach(_ body: (_ name: String, _ value: String) throws -> Void) rethrows {
        for field in head.fields {
            try body(head.string(field.name), head.string(field.value))
        }
    }
}
