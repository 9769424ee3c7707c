extension SourceReader {
    /// The next word of a tag: a number, a name, a string or a sign.
    mutating func word() throws -> Token.Kind {
        let start = position
        guard let first = peek(0) else { return .end }
        if CodePoints.isDigit(first) { return try number() }
        if first == "'" || first == "\"" { return try string(first) }
        if CodePoints.isWord(first) {
            var name = String.UnicodeScalarView()
            while let scalar = peek(0), CodePoints.isWord(scalar) {
                name.append(scalar)
                advance(1)
            }
            guard CodePoints.isNameStart(first), name.allSatisfy(CodePoints.isNamePart) else {
                throw source.error("'\(String(name))' is no name: invalid character in identifier", at: start)
            }
            return .name(String(name))
        }
        if let second = peek(1), let sign = Token.Sign(rawValue: String(first) + String(second)) {
            advance(2)
            return .sign(sign)
        }
        guard let sign = Token.Sign(rawValue: String(first)) else {
            var hint = ""
            if first == "&" { hint = "; write 'and'" }
            if first == "!" { hint = "; write 'not'" }
            throw source.error("unexpected character \(ValueText.repr(.string(String(first))))\(hint)", at: start)
        }
        advance(1)
        return .sign(sign)
    }

    private mutating func number() throws -> Token.Kind {
        let start = position
        // Behind a dot it is an index: `pairs.0.1` has no fraction in it.
        let isAfterDot = offset > 0 && scalars[offset - 1] == "."
        if !isAfterDot, let length = floatLength() { return .float(try float(length, at: start)) }
        let (digits, radix) = integerDigits()
        guard let number = Int(digits, radix: radix) else {
            throw source.error("the integer \(digits) does not fit into 64 bits", at: start)
        }
        return .integer(number)
    }

    private mutating func float(_ length: Int, at start: Position) throws -> Double {
        let text = String(String.UnicodeScalarView(scalars[offset..<(offset + length)].filter { $0 != "_" }))
        advance(length)
        guard let number = Double(text) else { throw source.error("\(text) is no number", at: start) }
        return number
    }

    /// Digits with single underscores between them, from a distance on: how many characters.
    private func digitsLength(from distance: Int) -> Int {
        var length = 0
        while let scalar = peek(distance + length) {
            let isBetween = scalar == "_" && length > 0 && peek(distance + length + 1).map(CodePoints.isDigit) ?? false
            guard CodePoints.isDigit(scalar) || isBetween else { break }
            length += 1
        }
        return length
    }

    /// How long the number with a fraction or an exponent is, if it is one.
    private func floatLength() -> Int? {
        var length = digitsLength(from: 0)
        let whole = length
        if peek(length) == "." {
            let fraction = digitsLength(from: length + 1)
            if fraction > 0 { length += 1 + fraction }
        }
        if peek(length) == "e" || peek(length) == "E" {
            let sign = peek(length + 1) == "+" || peek(length + 1) == "-" ? 1 : 0
            let exponent = digitsLength(from: length + 1 + sign)
            if exponent > 0 { length += 1 + sign + exponent }
        }
        return length > whole ? length : nil
    }

    private mutating func integerDigits() -> (digits: String, radix: Int) {
        var radix = 10
        if peek(0) == "0", let letter = peek(1) {
            let named =
                letter == "x" || letter == "X"
                ? 16 : letter == "o" || letter == "O" ? 8 : letter == "b" || letter == "B" ? 2 : 10
            let digit = peek(2) == "_" ? peek(3) : peek(2)
            if named != 10, let digit, Int(String(digit), radix: named) != nil {
                radix = named
                advance(2)
            }
        }
        var digits = ""
        while let scalar = peek(0) {
            let isBetween = scalar == "_" && peek(1).map { Int(String($0), radix: radix) != nil } ?? false
            guard isBetween || Int(String(scalar), radix: radix) != nil else { break }
            // A decimal zero is followed by zeros only.
            if radix == 10, digits.unicodeScalars.first == "0", scalar != "0", scalar != "_" { break }
            if scalar != "_" { digits.unicodeScalars.append(scalar) }
            advance(1)
        }
        return (digits, radix)
    }

    private mutating func string(_ quote: Unicode.Scalar) throws -> Token.Kind {
        let start = position
        advance(1)
        var text = String.UnicodeScalarView()
        while let scalar = peek(0) {
            advance(1)
            if scalar == quote { return .string(String(text)) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            try escape(&text)
        }
        throw source.error("the string is not closed: \(String(quote)) is missing", at: start)
    }

    /// Python's escapes. A backslash before any other character stays.
    private mutating func escape(_ text: inout String.UnicodeScalarView) throws {
        let start = position
        guard let letter = peek(0) else { return }
        advance(1)
        switch letter {
        case "\n": break
        case "\\", "'", "\"": text.append(letter)
        case "n": text.append("\n")
        case "t": text.append("\t")
        case "r": text.append("\r")
        case "a": text.append("\u{07}")
        case "b": text.append("\u{08}")
        case "f": text.append("\u{0C}")
        case "v": text.append("\u{0B}")
        case "0"..."7":
            var digits = String(letter)
            while digits.utf8.count < 3, let digit = peek(0), digit >= "0", digit <= "7" {
                digits.unicodeScalars.append(digit)
                advance(1)
            }
            if let scalar = UInt32(digits, radix: 8).flatMap(Unicode.Scalar.init) { text.append(scalar) }
        case "x": text.append(try hexadecimal(2, at: start))
        case "u": text.append(try hexadecimal(4, at: start))
        case "U": text.append(try hexadecimal(8, at: start))
        default:
            text.append("\\")
            text.append(letter)
        }
    }

    private mutating func hexadecimal(_ count: Int, at start: Position) throws -> Unicode.Scalar {
        var digits = ""
        for _ in 0..<count {
            if let digit = peek(0), Int(String(digit), radix: 16) != nil {
                digits.unicodeScalars.append(digit)
                advance(1)
            }
        }
        guard digits.utf8.count == count, let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
            throw source.error(
                "the escape in the string is no character: \(count) hexadecimal digits are wanted",
                at: start
            )
        }
        return scalar
    }
}
