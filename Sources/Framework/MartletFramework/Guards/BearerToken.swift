internal import MartletBytes

/// The token of a request.
enum BearerToken {
    /// Longer ones are not looked at; it is what a cookie and a URL hold.
    static let longest = 16_384

    static func read(_ fields: [String]) throws(BearerFault) -> String {
        guard let field = fields.first else { throw .missing }
        guard fields.count == 1 else { throw .invalidRequest("There are several Authorization fields.") }
        guard ASCIICase.equals(field.utf8.prefix(7), Array("bearer ".utf8)) else { throw .missing }
        let token = field.dropFirst(7).drop { $0 == " " }
        guard token.utf8.count <= longest else { throw .invalidRequest("The token is longer than \(longest) bytes.") }
        let padding = token.utf8.drop { isAllowed($0) }
        guard padding.count < token.utf8.count, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else {
            throw .invalidRequest("What follows `Bearer` has not the form of a token (RFC 6750 section 2.1).")
        }
        return String(token)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-._~+/".utf8.contains(byte)
    }
}
