internal import MartletBytes

/// The text of a route, parsed: `/users/<int:id>/posts/<slug>`.
///
/// A pattern is a list of segments between slashes. A segment is text, or one parameter with text before and after it
/// (`/files/<name>.json`). A trailing slash is an empty last segment and makes the URL a folder: the address without it
/// is redirected there.
package struct RoutePattern: Sendable, Hashable, CustomStringConvertible {
    package enum Segment: Sendable, Hashable {
        case text([UInt8])
        case parameter(Parameter, prefix: [UInt8], suffix: [UInt8])
    }

    package struct Parameter: Sendable, Hashable {
        package let name: String
        /// What was written before the colon.
        package let converter: PathConverter?
    }

    /// A malformed pattern, and what to write instead.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
        /// A piece of the pattern and what it was probably meant to be; empty pieces are at its start.
        package let correction: Correction?

        package struct Correction: Sendable, Equatable {
            package let written: String
            package let meant: String
        }

        package init(description: String, correction: Correction? = nil) {
            self.description = description
            self.correction = correction
        }
    }

    package let description: String
    package let segments: [Segment]

    package init(parsing text: String) throws(Malformed) {
        guard text.first == "/" else {
            throw Malformed(description: "it must begin with a slash", correction: .init(written: "", meant: "/"))
        }
        if let character = text.first(where: { $0 == "?" || $0 == "#" }) {
            throw Malformed(
                description: "`\(character)` cannot stand in it: a route is a path, without query or fragment"
            )
        }
        var segments: [Segment] = []
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.isEmpty && index != parts.count - 1 {
                throw Malformed(description: "it has two slashes in a row")
            }
            segments.append(try Self.segment(part))
        }
        description = text
        self.segments = segments
        var names: Set<String> = []
        for parameter in parameters where !names.insert(parameter.name).inserted {
            throw Malformed(description: "it has two parameters named `\(parameter.name)`")
        }
        if parameters.filter({ $0.converter == .path }).count > 1 {
            throw Malformed(description: "it has two `path` parameters, so that a URL could be split in several ways")
        }
    }

    package var parameters: [Parameter] {
        segments.compactMap { if case .parameter(let parameter, _, _) = $0 { parameter } else { nil } }
    }

    private static func segment(_ text: Substring) throws(Malformed) -> Segment {
        guard let open = text.firstIndex(of: "<") else {
            if text.contains(">") { throw Malformed(description: "`\(text)` has a `>` without a `<`") }
            try refuseForeignSyntax(text)
            return .text(Array(text.utf8))
        }
        guard let close = text[open...].firstIndex(of: ">") else {
            throw Malformed(description: "`\(text)` has a `<` without a `>`")
        }
        let suffix = text[text.index(after: close)...]
        guard !suffix.contains("<") else {
            throw Malformed(description: "`\(text)` has two parameters; put a slash between them")
        }
        let parameter = try parameter(text[text.index(after: open)..<close])
        return .parameter(parameter, prefix: Array(text[..<open].utf8), suffix: Array(suffix.utf8))
    }

    private static func refuseForeignSyntax(_ text: Substring) throws(Malformed) {
        let inner: Substring
        if text.first == ":", text.count > 1 {
            inner = text.dropFirst()
        } else if text.first == "{", text.last == "}" {
            inner = text.dropFirst().dropLast()
        } else {
            return
        }
        throw Malformed(
            description: "`\(text)` would be plain text: a parameter is written <\(inner)>",
            correction: .init(written: String(text), meant: "<\(inner)>")
        )
    }

    private static func parameter(_ text: Substring) throws(Malformed) -> Parameter {
        let colon = text.lastIndex(of: ":")
        let name = colon.map { text[text.index(after: $0)...] } ?? text
        guard let first = name.first, first.isLetter || first == "_",
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        else {
            throw Malformed(
                description: "`<\(text)>` needs a name of letters, digits and underscores: <id> or <int:id>"
            )
        }
        return Parameter(
            name: String(name),
            converter: try colon.map { colon throws(Malformed) in try converter(text[..<colon]) }
        )
    }

    private static func converter(_ text: Substring) throws(Malformed) -> PathConverter {
        if text.hasPrefix("any("), text.hasSuffix(")") {
            let words = text.dropFirst(4).dropLast().split(separator: ",").map { word in
                String(word.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
            guard !words.isEmpty else { throw Malformed(description: "`any()` needs words: <any(en,de):language>") }
            return .any(words)
        }
        switch text {
        case "string": return .string
        case "int": return .int
        case "float": return .float
        case "path": return .path
        case "uuid": return .uuid
        case "any": throw Malformed(description: "`any` needs words: <any(en,de):language>")
        default:
            let meant = NearMatch.closest(to: String(text), among: PathConverter.names)
            let hint = meant.map { "; did you mean `\($0)`?" } ?? "."
            throw Malformed(
                description:
                    "there is no converter `\(text)`\(hint) Known are \(PathConverter.names.joined(separator: ", ")); "
                    + "for a type of your own write <name> and let the handler take that type",
                correction: meant.map { .init(written: "<\(text):", meant: "<\($0):") }
            )
        }
    }
}
