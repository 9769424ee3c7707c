/// What a parameter of a route accepts: `<int:id>`. The names and their meaning are Flask's.
public enum PathConverter: Sendable, Hashable, CustomStringConvertible {
    /// Any text without a slash. The default: `<name>`.
    case string
    /// Decimal digits, without a sign.
    case int
    /// Digits, a point, digits.
    case float
    /// Any text, including slashes, but not a leading one.
    case path
    /// A UUID in its usual form of 8-4-4-4-12 hexadecimal digits.
    case uuid
    /// One of the given words: `<any(en,de):language>`.
    case any([String])

    /// The names that are allowed before the colon.
    package static let names = ["string", "int", "float", "path", "uuid", "any"]

    public var description: String {
        switch self {
        case .string: "string"
        case .int: "int"
        case .float: "float"
        case .path: "path"
        case .uuid: "uuid"
        case .any(let words): "any(" + words.joined(separator: ",") + ")"
        }
    }

    /// The lighter converter is tried first, so that the order of registration never matters. These are Werkzeug's
    /// weights (number 50, text 100, path 200), with the narrower one of two equals made lighter.
    package var weight: Int {
        switch self {
        case .int: 50
        case .float: 51
        case .uuid: 90
        case .any: 95
        case .string: 100
        case .path: 200
        }
    }

    /// Whether text from a path, already percent-decoded, is a value of this kind.
    package func accepts(_ text: String) -> Bool {
        let bytes = text.utf8
        switch self {
        case .string, .path: return !bytes.isEmpty
        case .int: return !bytes.isEmpty && bytes.allSatisfy(Self.isDigit)
        case .float:
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(Self.isDigit) }
        case .uuid:
            let groups = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            return groups.map(\.count) == [8, 4, 4, 4, 12]
                && groups.allSatisfy { $0.allSatisfy { Character(UnicodeScalar($0)).isHexDigit } }
        case .any(let words): return words.contains(text)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
