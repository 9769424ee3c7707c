internal import MartletBytes

/// The boundary of a multipart form, as its Content-Type says it (RFC 2046 section 5.1.1).
package struct MultipartBoundary: Sendable, Hashable {
    package let bytes: [UInt8]

    /// RFC 2046's limit.
    static let longest = 70

    /// - Parameter contentType: the value of the field; nil if there is none.
    /// - Throws: ``FormFault/notForm(contentType:)`` if it is not multipart/form-data; `missingBoundary` or
    ///   `invalidBoundary` if it has none that can be used. Two are none: who checks the form before us may take the
    ///   other one.
    package init(contentType: String?) throws(FormFault) {
        guard let contentType else { throw .notForm(contentType: nil) }
        let bytes = Array(contentType.utf8)
        let semicolon = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        guard ASCIICase.equals(FieldSyntax.trimmed(bytes[..<semicolon]), "multipart/form-data") else {
            throw .notForm(contentType: contentType)
        }
        let parameters = ParameterList(bytes[semicolon...].dropFirst(), escapes: .all).parameters.filter {
            $0.name == "boundary"
        }
        guard let parameter = parameters.first else { throw .missingBoundary }
        guard parameters.count == 1, parameter.isWhole, let boundary = MultipartBoundary(parameter.value) else {
            let texts = parameters.map { String(decoding: $0.value, as: UTF8.self) }
            throw .invalidBoundary(texts.joined(separator: "\", \""))
        }
        self = boundary
    }

    /// Nil if the bytes cannot be a boundary.
    package init?(_ bytes: [UInt8]) {
        guard (1...Self.longest).contains(bytes.count), bytes.allSatisfy(Self.isBoundary),
            bytes.last != UInt8(ascii: " ")
        else { return nil }
        self.bytes = bytes
    }

    /// The bytes of RFC 2046, and those of tokens besides, which some encoders use.
    private static func isBoundary(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: " "):
            true
        default: FieldSyntax.isToken(byte)
        }
    }
}
