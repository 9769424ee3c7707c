/// Takes a template apart: text, and the words within tags. White space is controlled here, as Jinja does it.
struct Lexer {
    let source: TemplateSource
    let trimsBlocks: Bool
    let stripsBlocks: Bool
    var reader: SourceReader
    private var tokens: [Token] = []

    init(_ source: TemplateSource, options: TemplateOptions) {
        self.source = source
        trimsBlocks = options.trimBlocks
        stripsBlocks = options.lstripBlocks
        var scalars = Array(LineBreaks.normalized(source.text).unicodeScalars)
        if !options.keepTrailingNewline, scalars.last == "\n" { scalars.removeLast() }
        reader = SourceReader(source: source, scalars: scalars)
    }

    /// - Throws: ``TemplateError`` of kind `syntax`.
    static func tokens(of source: TemplateSource, options: TemplateOptions) throws -> [Token] {
        var lexer = Lexer(source, options: options)
        try lexer.run()
        return lexer.tokens
    }

    private mutating func run() throws {
        while let tag = reader.nextTag() {
            let text = reader.take(upTo: tag)
            let opening = reader.position
            let kind = reader.peek(1)
            reader.advance(2)
            let sign = reader.peek(0)
            if sign == "-" || sign == "+" { reader.advance(1) }
            addData(text, before: sign, isVariable: kind == "{", at: opening)
            switch kind {
            case "{": try readTag(.variableBegin, .variableEnd, from: opening)
            case "#": try skipComment(from: opening)
            default:
                if reader.skipsRawTag() {
                    try readRaw(from: opening)
                } else {
                    try readTag(.blockBegin, .blockEnd, from: opening)
                }
            }
        }
        let place = reader.position
        let rest = reader.takeRest()
        if !rest.isEmpty { add(.data(rest.text), at: place) }
        add(.end, at: reader.position)
    }

    private mutating func add(_ kind: Token.Kind, at position: SourceReader.Position) {
        tokens.append(Token(kind: kind, line: position.line, column: position.column))
    }

    /// The text before a tag, without the white space that the tag takes away.
    private mutating func addData(
        _ text: SourceReader.Text,
        before sign: Unicode.Scalar?,
        isVariable: Bool,
        at opening: SourceReader.Position
    ) {
        var scalars = text.scalars
        if sign == "-" {
            while let last = scalars.last, CodePoints.isSpace(last) { scalars.removeLast() }
        } else if sign != "+", stripsBlocks, !isVariable {
            let lineStart = scalars.lastIndex(of: "\n").map { $0 + 1 } ?? scalars.startIndex
            let isAtLineStart = lineStart > scalars.startIndex || text.startsLine
            if isAtLineStart, scalars[lineStart...].allSatisfy(CodePoints.isSpace) { scalars = scalars[..<lineStart] }
        }
        guard !scalars.isEmpty else { return }
        add(.data(String(String.UnicodeScalarView(scalars))), at: text.position)
    }

    private mutating func skipComment(from opening: SourceReader.Position) throws {
        while !reader.isAtEnd {
            if reader.skipsEnd("#", trims: trimsBlocks) { return }
            reader.advance(1)
        }
        throw source.error("the comment is not closed: '#}' is missing", at: opening)
    }

    private mutating func readRaw(from opening: SourceReader.Position) throws {
        let start = reader.mark()
        while !reader.isAtEnd {
            if reader.peek(0) == "{", reader.peek(1) == "%" {
                let text = reader.text(from: start)
                let end = reader.position
                let sign = reader.peek(2)
                if reader.skipsEndRawTag(trims: trimsBlocks) {
                    addData(text, before: sign == "-" || sign == "+" ? sign : nil, isVariable: false, at: end)
                    return
                }
            }
            reader.advance(1)
        }
        throw source.error("the raw block is not closed: '{% endraw %}' is missing", at: opening)
    }

    /// The words of a tag, up to its end or that of the template.
    private mutating func readTag(_ begin: Token.Kind, _ end: Token.Kind, from opening: SourceReader.Position) throws {
        add(begin, at: opening)
        var open: [(sign: Token.Sign, position: SourceReader.Position)] = []
        let isBlock = end == .blockEnd
        while true {
            reader.skipSpaces()
            let position = reader.position
            if reader.isAtEnd {
                throw source.error("the tag is not closed: '\(isBlock ? "%}" : "}}")' is missing", at: opening)
            }
            if open.isEmpty, isBlock ? reader.skipsEnd("%", trims: trimsBlocks) : reader.skipsVariableEnd() {
                add(end, at: position)
                return
            }
            let kind = try reader.word()
            if case .sign(let sign) = kind { try balance(sign, &open, at: position) }
            add(kind, at: position)
        }
    }

    private func balance(
        _ sign: Token.Sign,
        _ open: inout [(sign: Token.Sign, position: SourceReader.Position)],
        at position: SourceReader.Position
    ) throws {
        switch sign {
        case .openBrace: open.append((.closeBrace, position))
        case .openParenthesis: open.append((.closeParenthesis, position))
        case .openBracket: open.append((.closeBracket, position))
        case .closeBrace, .closeParenthesis, .closeBracket:
            guard let expected = open.popLast() else {
                throw source.error("unexpected '\(sign.rawValue)'", at: position)
            }
            guard expected.sign == sign else {
                throw source.error("unexpected '\(sign.rawValue)', expected '\(expected.sign.rawValue)'", at: position)
            }
        default: break
        }
    }
}

extension TemplateSource {
    func error(_ message: String, at position: SourceReader.Position) -> TemplateError {
        Place(source: self, line: position.line, column: position.column).error(message, kind: .syntax)
    }
}
