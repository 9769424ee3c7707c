/// Python's methods of `str`, on code points. Swift's own work on graphemes, to which "\r\n" is one character.
enum StringOperations {
    static func length(_ text: String) -> Int {
        // Every byte that does not continue a character begins one.
        text.utf8.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    static func strip(_ text: String, _ characters: String? = nil, left: Bool = true, right: Bool = true) -> String {
        let wanted = characters.map { Set($0.unicodeScalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool { wanted?.contains(scalar) ?? CodePoints.isSpace(scalar) }
        var rest = text.unicodeScalars[...]
        if left { while let first = rest.first, isStripped(first) { rest.removeFirst() } }
        if right { while let last = rest.last, isStripped(last) { rest.removeLast() } }
        return String(rest)
    }

    /// Where `part` begins in `bytes` at or after `start`.
    static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
        guard start >= 0, part.count <= bytes.count else { return nil }
        guard let first = part.first else { return start <= bytes.count ? start : nil }
        var at = start
        while at <= bytes.count - part.count {
            if bytes[at] == first, bytes[at..<(at + part.count)].elementsEqual(part) { return at }
            at += 1
        }
        return nil
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        find(Array(part.utf8), in: Array(text.utf8)) != nil
    }

    static func hasPrefix(_ text: String, _ part: String) -> Bool { text.utf8.starts(with: part.utf8) }
    static func hasSuffix(_ text: String, _ part: String) -> Bool {
        text.utf8.reversed().starts(with: part.utf8.reversed())
    }

    /// - Parameter count: how many are replaced at most; all if below zero.
    static func replace(_ text: String, _ old: String, with new: String, count: Int = -1) throws -> String {
        let (bytes, part) = (Array(text.utf8), Array(old.utf8))
        var result: [UInt8] = []
        var (at, left) = (0, count)
        if part.isEmpty {
            // Before every character, and at the end.
            var scalars = text.unicodeScalars.makeIterator()
            var out = ""
            while left != 0 {
                out += new
                left &-= 1
                guard let scalar = scalars.next() else { return out }
                out.unicodeScalars.append(scalar)
            }
            while let scalar = scalars.next() { out.unicodeScalars.append(scalar) }
            return out
        }
        while left != 0, let found = find(part, in: bytes, from: at) {
            result += bytes[at..<found]
            result += new.utf8
            guard result.count <= TemplateLimits.longestText else {
                throw TemplateProblem("a text longer than \(TemplateLimits.longestText) bytes", kind: .limit)
            }
            at = found + part.count
            left &-= 1
        }
        if at == 0 { return text }
        result += bytes[at...]
        return String(decoding: result, as: UTF8.self)
    }

    /// At white space, or at a separator.
    ///
    /// - Parameter most: how many times at most; without end if below zero.
    static func split(_ text: String, _ separator: String?, most: Int = -1) throws -> [String] {
        guard let separator else { return splitAtSpaces(text, most: most) }
        guard !separator.isEmpty else { throw TemplateProblem("empty separator") }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var (parts, at, left): ([String], Int, Int) = ([], 0, most)
        while left != 0, let found = find(part, in: bytes, from: at) {
            parts.append(String(decoding: bytes[at..<found], as: UTF8.self))
            at = found + part.count
            left &-= 1
        }
        parts.append(String(decoding: bytes[at...], as: UTF8.self))
        return parts
    }

    private static func splitAtSpaces(_ text: String, most: Int) -> [String] {
        var parts: [String] = []
        var rest = text.unicodeScalars[...]
        var left = most
        while true {
            rest = rest.drop(while: CodePoints.isSpace)
            if rest.isEmpty { return parts }
            if left == 0 {
                parts.append(strip(String(rest), left: false))
                return parts
            }
            let word = rest.prefix { !CodePoints.isSpace($0) }
            parts.append(String(word))
            rest = rest[word.endIndex...]
            left &-= 1
        }
    }

    /// As `split`, from the end.
    static func splitFromEnd(_ text: String, _ separator: String?, most: Int) throws -> [String] {
        func reversed(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.reversed())) }
        return try split(reversed(text), separator.map(reversed), most: most).reversed().map(reversed)
    }

    static func lines(_ text: String, keepingEnds: Bool = false) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            guard CodePoints.isLineBreak(scalar) else {
                line.append(scalar)
                continue
            }
            if keepingEnds { line.append(scalar) }
            if scalar == "\r", next == "\n" {
                if keepingEnds { line.append("\n") }
                next = scalars.next()
            }
            lines.append(String(line))
            line = String.UnicodeScalarView()
        }
        if !line.isEmpty { lines.append(String(line)) }
        return lines
    }

    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        return first.properties.titlecaseMapping + lowercased(String(text.unicodeScalars.dropFirst()))
    }

    /// Python's `str.title()`: a capital behind everything that is no letter.
    static func titled(_ text: String) -> String {
        var result = ""
        var isWithinWord = false
        for scalar in text.unicodeScalars {
            result += isWithinWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isWithinWord = CodePoints.isCased(scalar)
        }
        return result
    }

    static func uppercased(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.uppercased() }
        return text.unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping }
    }

    static func lowercased(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for (at, scalar) in scalars.enumerated() {
            // A sigma at the end of a word has a form of its own.
            let isWithinWord = at + 1 < scalars.count && CodePoints.isCased(scalars[at + 1])
            let isFinalSigma = scalar == "Σ" && at > 0 && CodePoints.isCased(scalars[at - 1]) && !isWithinWord
            result += isFinalSigma ? "ς" : scalar.properties.lowercaseMapping
        }
        return result
    }

    static func swappedCase(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            result +=
                CodePoints.isUpper(scalar) ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
        }
    }

    /// All letters of one case, and at least one letter.
    static func isAll(_ text: String, lower: Bool) -> Bool {
        let cased = text.unicodeScalars.filter(CodePoints.isCased)
        return !cased.isEmpty && cased.allSatisfy(lower ? CodePoints.isLower : CodePoints.isUpper)
    }

    enum Side { case left, right, both }

    /// Filled up to `width` on the side that is named.
    static func padded(_ text: String, width: Int, with filler: String = " ", on side: Side) throws -> String {
        let length = length(text)
        guard width > length else { return text }
        let missing = width - length
        guard width <= Arithmetic.longestRepetition else {
            throw TemplateProblem("a width above \(Arithmetic.longestRepetition)", kind: .limit)
        }
        let left =
            switch side {
            case .left: missing
            case .right: 0
            // As CPython: the odd one stands on the left when the width is odd.
            case .both: missing / 2 + (missing & width & 1)
            }
        return String(repeating: filler, count: left) + text + String(repeating: filler, count: missing - left)
    }
}
