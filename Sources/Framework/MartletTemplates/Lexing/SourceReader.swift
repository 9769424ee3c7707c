/// The characters of a template, and how far they are read.
struct SourceReader {
    struct Position: Sendable {
        var line = 1
        var column = 1
    }

    /// Text between tags.
    struct Text {
        let scalars: ArraySlice<Unicode.Scalar>
        let position: Position
        /// Whether a line begins where it does.
        let startsLine: Bool

        var isEmpty: Bool { scalars.isEmpty }
        var text: String { String(String.UnicodeScalarView(scalars)) }
    }

    let source: TemplateSource
    let scalars: [Unicode.Scalar]
    private(set) var offset = 0
    private(set) var position = Position()

    init(source: TemplateSource, scalars: [Unicode.Scalar]) {
        self.source = source
        self.scalars = scalars
    }

    var isAtEnd: Bool { offset >= scalars.count }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        let at = offset + distance
        return at < scalars.count ? scalars[at] : nil
    }

    mutating func advance(_ count: Int) {
        for _ in 0..<count where offset < scalars.count {
            if scalars[offset] == "\n" {
                position.line += 1
                position.column = 1
            } else {
                position.column += 1
            }
            offset += 1
        }
    }

    /// Where the next tag begins.
    func nextTag() -> Int? {
        var at = offset
        while at + 1 < scalars.count {
            if scalars[at] == "{" {
                let next = scalars[at + 1]
                if next == "%" || next == "{" || next == "#" { return at }
            }
            at += 1
        }
        return nil
    }

    typealias Mark = (offset: Int, position: Position)

    func mark() -> Mark { (offset, position) }

    func text(from mark: Mark) -> Text {
        let startsLine = mark.offset == 0 || scalars[mark.offset - 1] == "\n"
        return Text(scalars: scalars[mark.offset..<offset], position: mark.position, startsLine: startsLine)
    }

    mutating func take(upTo end: Int) -> Text {
        let mark = mark()
        advance(end - offset)
        return text(from: mark)
    }

    mutating func takeRest() -> Text { take(upTo: scalars.count) }

    mutating func skipSpaces() {
        while let scalar = peek(0), CodePoints.isSpace(scalar) { advance(1) }
    }

    /// The end of a block or a comment: `%}`, `-%}` with the white space behind it, `+%}`.
    mutating func skipsEnd(_ mark: Unicode.Scalar, trims: Bool) -> Bool {
        if let sign = peek(0), sign == "-" || sign == "+", peek(1) == mark, peek(2) == "}" {
            advance(3)
            if sign == "-" { skipSpaces() }
            return true
        }
        guard peek(0) == mark, peek(1) == "}" else { return false }
        advance(2)
        if trims, peek(0) == "\n" { advance(1) }
        return true
    }

    mutating func skipsVariableEnd() -> Bool {
        if peek(0) == "-", peek(1) == "}", peek(2) == "}" {
            advance(3)
            skipSpaces()
            return true
        }
        guard peek(0) == "}", peek(1) == "}" else { return false }
        advance(2)
        return true
    }

    /// The rest of `{% raw %}`, when it is one.
    mutating func skipsRawTag() -> Bool {
        var copy = self
        copy.skipSpaces()
        guard copy.skips("raw") else { return false }
        copy.skipSpaces()
        // `+%}` is no end of this tag, and the line break behind it stays: so it is in Jinja.
        guard copy.peek(0) != "+", copy.skipsEnd("%", trims: false) else { return false }
        self = copy
        return true
    }

    mutating func skipsEndRawTag(trims: Bool) -> Bool {
        var copy = self
        copy.advance(2)
        if let sign = copy.peek(0), sign == "-" || sign == "+" { copy.advance(1) }
        copy.skipSpaces()
        guard copy.skips("endraw") else { return false }
        copy.skipSpaces()
        guard copy.skipsEnd("%", trims: trims) else { return false }
        self = copy
        return true
    }

    private mutating func skips(_ word: String) -> Bool {
        guard scalars[offset...].starts(with: word.unicodeScalars) else { return false }
        advance(word.unicodeScalars.count)
        return true
    }
}
