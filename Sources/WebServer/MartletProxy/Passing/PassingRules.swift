import MartletBytes
import MartletGateway
import MartletHTTP1

/// What of a request is passed on, where the configuration has a say in it.
final class PassingRules: Sendable {
    let host: PassedHost
    private let passesUnderscores: Bool
    private let upgrades: [String]

    init(_ configuration: ProxyConfiguration) {
        host = configuration.host
        passesUnderscores = configuration.passesUnderscores
        upgrades = configuration.upgrades.map { $0.lowercased() }
    }

    /// Names with an underscore. An application that gets fields as CGI's variables, and that is nearly every one in Python, Ruby and
    /// PHP, cannot tell them from those with a hyphen: `Content_Length`, `X_Real_IP`.
    func leavesOut(_ name: UnsafeRawBufferPointer) -> Bool {
        !passesUnderscores && ForwardingField.hasUnderscore(name)
    }

    /// The protocols that the client asks for, of those that may be: of others nobody here knows what follows. Some of them are HTTP
    /// again, and what follows would be requests that nobody has looked at (h2c smuggling).
    func upgrade(_ head: RequestHead) -> [UInt8]? {
        var value: [UInt8] = []
        for field in head.fields where ASCIICase.equals(head.slice(field.name), "upgrade") {
            let list = head.slice(field.value)
            FieldList.forEachElement(list, 0..<list.count) { element in
                let name = list[element].prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
                guard upgrades.contains(where: { ASCIICase.equals(name, $0.utf8) }) else { return }
                if !value.isEmpty { value += Array(bytes: ", ") }
                value += name
            }
        }
        return value.isEmpty ? nil : value
    }
}
