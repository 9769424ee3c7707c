import MartletBytes
import MartletGateway

/// One hop of a `Forwarded` field (RFC 7239 section 4): `for="[2001:db8::1]:4711";proto=https;host=example.com`.
struct ForwardedElement: Equatable {
    var node: [UInt8]?
    var scheme: [UInt8]?
    var host: [UInt8]?

    /// Reads one element, with optional white space around it; nil if it is malformed or names a parameter twice.
    init?(_ text: ArraySlice<UInt8>) {
        var rest = FieldSyntax.trimmed(text)
        var names: Set<[UInt8]> = []
        while true {
            let name = rest.prefix(while: FieldSyntax.isToken)
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="), let value = Self.takeValue(&rest) else {
                return nil
            }
            let lowercased = name.map(ASCIICase.lowercased)
            guard names.insert(lowercased).inserted else { return nil }
            switch lowercased {
            case Array("for".utf8): node = value
            case Array("proto".utf8): scheme = value
            case Array("host".utf8): host = value
            default: break
            }
            guard let next = rest.popFirst() else { return }
            guard next == UInt8(ascii: ";") else { return nil }
        }
    }

    /// A token or a quoted string, without its quotes and escapes.
    private static func takeValue(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix(while: FieldSyntax.isToken)
            rest = rest.dropFirst(token.count)
            return token.isEmpty ? nil : Array(token)
        }
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return value
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default: value.append(byte)
            }
        }
        return nil
    }
}

/// The elements of `Forwarded` lines from the last to the first, which is the order of trust.
///
/// Splits at commas from the right, at the first one that is followed by a complete element. Each proxy appends one, so
/// text of the client before it, such as an open quote, cannot swallow what the proxies say.
struct ForwardedElements: IteratorProtocol {
    private var lines: [[UInt8]]
    /// Bounds the cost of a line of commas within quotes.
    private var attempts = 64

    init(lines: [[UInt8]]) { self.lines = lines }

    /// The next element to the left; nil at the end, or if the rest is malformed.
    mutating func next() -> ForwardedElement? {
        while let line = lines.popLast() {
            var rest = line[...]
            var end = rest.endIndex
            while true {
                let comma = rest[..<end].lastIndex(of: UInt8(ascii: ","))
                let candidate = rest[(comma.map { $0 + 1 } ?? rest.startIndex)...]
                if FieldSyntax.trimmed(candidate).isEmpty {
                    guard let comma else { break }
                    // An empty element, which is allowed in lists.
                    rest = rest[..<comma]
                } else {
                    attempts -= 1
                    if let element = ForwardedElement(candidate) {
                        if let comma { lines.append(Array(rest[..<comma])) }
                        return element
                    }
                    guard attempts > 0, let comma else {
                        lines = []
                        return nil
                    }
                    end = comma
                    continue
                }
                end = rest.endIndex
            }
        }
        return nil
    }
}
