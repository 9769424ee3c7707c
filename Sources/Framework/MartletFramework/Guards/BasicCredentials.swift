internal import FoundationEssentials
internal import MartletBytes

/// What a field `Authorization: Basic …` says (RFC 7617 section 2).
struct BasicCredentials: Sendable, Equatable {
    let name: String
    let password: String

    /// Longer ones are not looked at: names and passwords of people are far from it.
    static let longest = 4_096

    enum Malformed: String, Error {
        case scheme = "The Authorization field is of another scheme than Basic."
        case tooLong = "The Authorization field is longer than 4096 bytes."
        case base64 = "What follows `Basic` is not base64."
        case text = "Name and password are not UTF-8, or have control characters."
        case colon = "There is no colon between name and password."
    }

    init(parsing field: String) throws(Malformed) {
        guard field.utf8.count <= Self.longest else { throw .tooLong }
        guard ASCIICase.equals(field.utf8.prefix(6), Array("basic ".utf8)) else { throw .scheme }
        guard let bytes = Data(base64Encoded: String(field.dropFirst(6).drop { $0 == " " })) else { throw .base64 }
        guard let text = String(validating: bytes, as: UTF8.self),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .text }
        // A password may have colons, a name cannot.
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .colon }
        name = String(text[..<colon])
        password = String(text[text.utf8.index(after: colon)...])
    }
}
