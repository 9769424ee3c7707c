import MartletBytes
import MartletGateway

/// The values that the fields named by Vary had in the request that an answer was made for (RFC 9111 section 4.1).
struct Variant: Sendable, Equatable {
    /// In lower case, each once.
    let names: [String]
    /// One for each name; nil if the request has no such field.
    private let values: [[UInt8]?]

    init(_ names: [String], of head: RequestHead) {
        self.names = names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        values = self.names.map { Self.value($0, head) }
    }

    func matches(_ head: RequestHead) -> Bool {
        for (name, value) in zip(names, values) where Self.value(name, head) != value { return false }
        return true
    }

    /// How many bytes it takes.
    var size: Int { zip(names, values).reduce(0) { $0 + $1.0.utf8.count + ($1.1?.count ?? 0) + 64 } }

    /// The lines of a field as one.
    private static func value(_ name: String, _ head: RequestHead) -> [UInt8]? {
        var value: [UInt8]?
        for field in head.fields where ASCIICase.equals(head.slice(field.name), name.utf8) {
            if value == nil { value = [] } else { value?.append(UInt8(ascii: ",")) }
            value?.append(contentsOf: head.slice(field.value))
        }
        withExtendedLifetime(head) {}
        return value
    }
}
