internal import MartletBytes

/// A media type with its parameters: `text/html; charset=utf-8` (RFC 9110 section 8.3.1).
public struct MediaType: Sendable, Hashable {
    public struct Parameter: Sendable, Hashable {
        /// In lower case.
        public let name: String
        public let value: String
    }

    /// In lower case: `text`.
    public let type: String
    /// In lower case: `html`.
    public let subtype: String
    /// In the order they came.
    public let parameters: [Parameter]

    /// Nil if the text is none. Of parameters, those that cannot be read are left out.
    public init?(_ text: some StringProtocol) { self.init(bytes: Array(text.utf8)) }

    init?(bytes: some BidirectionalCollection<UInt8>) {
        let semicolon = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let name = FieldSyntax.trimmed(bytes[..<semicolon])
        let halves = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.allSatisfy(FieldSyntax.isToken) }) else {
            return nil
        }
        type = String(decoding: halves[0].map(ASCIICase.lowercased), as: UTF8.self)
        subtype = String(decoding: halves[1].map(ASCIICase.lowercased), as: UTF8.self)
        parameters = ParameterList(bytes[semicolon...].dropFirst(), escapes: .all).parameters.filter(\.isWhole).map {
            Parameter(name: $0.name, value: String(decoding: $0.value, as: UTF8.self))
        }
    }

    /// Without parameters: `text/html`.
    public var essence: String { "\(type)/\(subtype)" }

    /// The first value of a parameter, whose name is in lower case.
    public subscript(parameter: String) -> String? { parameters.first { $0.name == parameter }?.value }
}

extension MediaType: CustomStringConvertible {
    public var description: String {
        parameters.reduce(essence) { text, parameter in
            let isToken = !parameter.value.isEmpty && parameter.value.utf8.allSatisfy(FieldSyntax.isToken)
            let value = isToken ? parameter.value : "\"\(Self.escaped(parameter.value))\""
            return text + "; \(parameter.name)=\(value)"
        }
    }

    private static func escaped(_ value: String) -> String {
        String(decoding: value.utf8.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] }, as: UTF8.self)
    }
}
