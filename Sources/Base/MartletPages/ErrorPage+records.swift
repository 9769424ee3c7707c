internal import MartletBytes

/// A page as it comes from Python, which knows no Swift values: a text of records, which end with U+001E, of fields, which end with
/// U+001F. The first field says what the record is; what is unknown is passed over.
///
///     kind     the name of the exception's type
///     message  its text
///     hint     what to do next
///     section  a heading; what follows is below it
///     fact     a name, a value
///     header   of the request: a name, a value, which is masked
///     query    of the URL, percent-encoded: its parameters, masked
///     url      its secrets are masked
///     text     text whose line breaks count
///     frame    the function, its place, "own" or not, the number of the first line, the number of the line that is meant, lines
extension ErrorPage {
    package mutating func read(records: String) {
        for record in records.split(separator: "\u{1E}") {
            let fields = record.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
            guard let what = fields.first else { continue }
            read(what, Array(fields.dropFirst()))
        }
    }

    private mutating func read(_ what: String, _ fields: [String]) {
        let first = fields.first ?? ""
        let second = fields.dropFirst().first ?? ""
        switch what {
        case "kind": kind = first
        case "message": message = first
        case "hint": hints.append(first)
        case "section": sections.append(Section(first, []))
        case "fact": add(Fact(first, second))
        case "header": add(Fact(first, HeaderMask.shown(second, of: first)))
        case "query": for fact in Self.arguments(first) { add(fact) }
        case "url": add(Fact("URL", SecretNames.defaults.redacted(first)))
        case "text": add(.text(first))
        case "frame":
            guard let frame = StackFrame(fields) else { return }
            if case .frames(let frames) = lastPart {
                replaceLast(.frames(frames + [frame]))
            } else {
                add(.frames([frame]))
            }
        default: break
        }
    }

    /// More are not shown: a page is for reading.
    private static let mostArguments = 30

    private static func arguments(_ query: String) -> [Fact] {
        query.split(separator: "&").prefix(mostArguments).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                var text = part.replacing("+", with: " ")
                return text.withUTF8 { PercentEncoding.decode(UnsafeRawBufferPointer($0)) }
            }
            let name = parts.first ?? ""
            return Fact("args[\"\(name)\"]", HeaderMask.argument(parts.count > 1 ? parts[1] : "", of: name))
        }
    }

    private var lastPart: Part? { sections.last?.parts.last }

    private mutating func add(_ part: Part) {
        guard !sections.isEmpty else { return }
        sections[sections.count - 1].parts.append(part)
    }

    private mutating func replaceLast(_ part: Part) {
        guard lastPart != nil else { return }
        sections[sections.count - 1].parts.removeLast()
        add(part)
    }

    private mutating func add(_ fact: Fact) {
        if case .facts(let facts) = lastPart { replaceLast(.facts(facts + [fact])) } else { add(.facts([fact])) }
    }
}

extension StackFrame {
    fileprivate init?(_ fields: [String]) {
        guard fields.count >= 5, let first = Int(fields[3]), let marked = Int(fields[4]), first > 0, first < Int.max / 2
        else { return nil }
        self.init(
            function: fields[0],
            excerpt: Excerpt(place: fields[1], first: first, lines: Array(fields.dropFirst(5)), marked: marked),
            isOwn: fields[2] == "own"
        )
    }
}
