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
        guard !Self.taken.contains(text.lowercased()) else {
            throw Fault(
                description: "'\(text)' is the name of a module that the package needs itself; call it otherwise"
            )
        }
        description = text
        module = text.replacing("-", with: "_")
    }

    private static let taken: Set<String> = ["martlet", "martlettesting", "swift", "foundation", "testing", "app"]
}
