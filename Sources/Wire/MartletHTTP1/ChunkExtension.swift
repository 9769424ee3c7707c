import MartletBytes
import MartletGateway

/// How far a chunk extension has been read (RFC 9112 section 7.1.1):
///
///     chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
///     chunk-ext-val = token / quoted-string
///
/// BWS is white space that must not be sent but has to be accepted. It may stand before a `;`, but not before the end
/// of the line.
enum ChunkExtension: Sendable {
    case blankBeforeSemicolon
    case semicolon
    case name
    case blankAfterName
    case equals
    case token
    case quoted
    case escape
    case closingQuote

    /// The state after a byte behind the chunk's size; nil if it cannot begin an extension.
    init?(after byte: UInt8) {
        guard let begun = Self.closingQuote.next(byte) else { return nil }
        self = begun
    }

    /// Whether the line may end here.
    var mayEnd: Bool {
        switch self {
        case .name, .token, .closingQuote: true
        default: false
        }
    }

    /// - Returns: nil for a byte that is not allowed here.
    func next(_ byte: UInt8) -> ChunkExtension? {
        let isToken = FieldSyntax.isToken(byte)
        switch (self, byte) {
        case (.escape, _): return FieldSyntax.isValue(byte) ? .quoted : nil
        case (.quoted, UInt8(ascii: "\\")): return .escape
        case (.quoted, UInt8(ascii: "\"")): return .closingQuote
        case (.quoted, _): return FieldSyntax.isValue(byte) ? .quoted : nil
        case (.equals, UInt8(ascii: "\"")): return .quoted

        case (.semicolon, _) where ASCII.isBlank(byte), (.equals, _) where ASCII.isBlank(byte): return self
        case (.name, _) where ASCII.isBlank(byte), (.blankAfterName, _) where ASCII.isBlank(byte):
            return .blankAfterName
        case (_, _) where ASCII.isBlank(byte): return .blankBeforeSemicolon

        case (.name, UInt8(ascii: "=")), (.blankAfterName, UInt8(ascii: "=")): return .equals
        case (.semicolon, _) where isToken, (.name, _) where isToken: return .name
        case (.equals, _) where isToken, (.token, _) where isToken: return .token
        case (.semicolon, _), (.equals, _): return nil
        case (_, UInt8(ascii: ";")): return .semicolon
        default: return nil
        }
    }
}
