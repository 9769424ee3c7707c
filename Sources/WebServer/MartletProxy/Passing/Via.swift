import MartletBytes
import MartletGateway

/// The field that lists who has passed a request on (RFC 9110 section 7.6.3), by which a request is known that comes back.
final class Via: Sendable {
    /// What this target is called: not the same for two, since one Martlet may well pass requests on to another one, or to
    /// another site of its own.
    private let name: [UInt8]

    private let line10, line11, line2: [UInt8]

    init() {
        var random = SystemRandomNumberGenerator()
        let name = Array("martlet-".utf8) + (0..<8).map { _ in Hex.digit(UInt8.random(in: 0..<16, using: &random)) }
        func line(_ version: StaticString) -> [UInt8] {
            Array(bytes: "Via: ") + Array(bytes: version) + [0x20] + name + [13, 10]
        }
        self.name = name
        (line10, line11, line2) = (line("1.0"), line("1.1"), line("2"))
    }

    /// Whether a request has been here before.
    func hasPassed(_ head: RequestHead) -> Bool {
        head.fields.contains { field in
            guard Self.isVia(head.slice(field.name)) else { return false }
            let value = head.slice(field.value)
            var isFound = false
            FieldList.forEachElement(value, 0..<value.count) { element in
                // The protocol, a space, the name, and maybe a comment.
                let words = value[element].split(separator: 0x20)
                if words.count > 1, words[1].elementsEqual(name) { isFound = true }
            }
            return isFound
        }
    }

    /// The line of this server, which comes behind those that are there.
    func line(for request: Request) -> [UInt8] {
        switch request.version {
        case .http2: line2
        case .http10: line10
        default: line11
        }
    }

    static func isVia(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count == 3 && ASCIICase.equals(name, "via")
    }
}
