import MartletBytes

/// The name of a package and of its program, which is that of a Swift module too.
struct PackageName: Sendable, Equatable, CustomStringConvertible {
    let description: String
    /// As Swift writes it.
    let module: String

    struct Fault: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The file systems' limit of a name, less what is put behind it.
    private static let longest = 100

    /// - Throws: ``Fault``.
    init(parsing text: String) throws(Fault) {
        guard let first = text.utf8.first, ASCII.isLetter(first), text.utf8.count <= Self.longest,
            text.utf8.allSatisfy({
                ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            })
        else {
            throw Fault(
                description:
                    "'\(text)' cannot be the name of a package: write letters, digits, - and _, a letter first, such as shop"
            )
        }
        guard !Self.taken.contains(text.lowercased()), !Self.keywords.contains(text) else {
            throw Fault(
                description:
                    "'\(text)' is a word of Swift, or the name of a module that the package needs itself; call it otherwise"
            )
        }
        description = text
        module = text.replacing("-", with: "_")
    }

    /// Those that stand where a module is imported, or would.
    private static let keywords: Set<String> = [
        "Any", "Self", "actor", "as", "associatedtype", "async", "await", "break", "case", "catch", "class", "continue",
        "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
        "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil", "operator", "package",
        "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct",
        "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]

    private static let taken: Set<String> = ["martlet", "martlettesting", "swift", "foundation", "testing", "app"]
}
