/// Python's format specification, `[[fill]align][sign][#][0][width][,][.precision][type]`: what stands behind the colon in
/// `"{:>8.2f}".format(x)`, and what `%` formatting becomes.
struct FormatSpecification {
    var fill: Unicode.Scalar = " "
    var align: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    init() {}

    init(_ text: String) throws {
        var rest = Array(text.unicodeScalars)[...]
        let aligns: Set<Unicode.Scalar> = ["<", ">", "=", "^"]
        var isFilled = false
        if rest.count > 1, aligns.contains(rest[rest.startIndex + 1]) {
            fill = rest.removeFirst()
            align = rest.removeFirst()
            isFilled = true
        } else if let first = rest.first, aligns.contains(first) {
            align = rest.removeFirst()
        }
        if let first = rest.first, first == "+" || first == "-" || first == " " { sign = rest.removeFirst() }
        if rest.first == "#" {
            isAlternate = true
            rest.removeFirst()
        }
        if rest.first == "0" {
            rest.removeFirst()
            if !isFilled { fill = "0" }
            if align == nil { align = "=" }
        }
        width = try Self.number(&rest) ?? 0
        if let first = rest.first, first == "," || first == "_" { grouping = rest.removeFirst() }
        if rest.first == "." {
            rest.removeFirst()
            guard let digits = try Self.number(&rest) else {
                throw TemplateProblem("Format specifier missing precision")
            }
            precision = digits
        }
        type = rest.popFirst()
        guard rest.isEmpty else { throw TemplateProblem("Invalid format specifier '\(text)'") }
    }

    static func number(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> Int? {
        var number: Int?
        while let first = rest.first, CodePoints.isDigit(first) {
            number = (number ?? 0) * 10 + Int(first.value - 0x30)
            guard let number, number <= 10_000 else {
                throw TemplateProblem("a width or precision above 10000 in a format", kind: .limit)
            }
            rest.removeFirst()
        }
        return number
    }

    func format(_ value: TemplateValue) throws -> String {
        switch value {
        case .bool where type == nil: return try aligned(ValueText.str(value), isNumber: false)
        case .int(let number): return try format(number)
        case .bool(let flag): return try format(flag ? 1 : 0)
        case .double(let number): return try format(number)
        case .string(let text), .safe(let text):
            guard type == nil || type == "s" else { throw unknown(value) }
            let cut = precision.map { String(String.UnicodeScalarView(text.unicodeScalars.prefix($0))) } ?? text
            return try aligned(cut, isNumber: false)
        default:
            guard self.isPlain else {
                throw TemplateProblem("unsupported format string passed to \(value.typeName).__format__")
            }
            return ValueText.str(value)
        }
    }

    private var isPlain: Bool { width == 0 && type == nil && precision == nil && align == nil }

    private func unknown(_ value: TemplateValue) -> TemplateProblem {
        TemplateProblem("Unknown format code '\(type.map(String.init) ?? "")' for object of type '\(value.typeName)'")
    }

    func format(_ number: Int) throws -> String {
        let digits: String
        var prefix = ""
        switch type {
        case nil, "d", "n": digits = String(number.magnitude)
        case "x", "X":
            digits = String(number.magnitude, radix: 16, uppercase: type == "X")
            if isAlternate { prefix = type == "X" ? "0X" : "0x" }
        case "o":
            digits = String(number.magnitude, radix: 8)
            if isAlternate { prefix = "0o" }
        case "b":
            digits = String(number.magnitude, radix: 2)
            if isAlternate { prefix = "0b" }
        case "c":
            guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
                throw TemplateProblem("%c arg not in range(0x110000)")
            }
            return try aligned(String(scalar), isNumber: false)
        case "e", "E", "f", "F", "g", "G", "%": return try format(Double(number))
        default: throw unknown(.int(number))
        }
        return try self.number(isNegative: number < 0, prefix: prefix, digits: digits)
    }

    func format(_ number: Double) throws -> String {
        let text: String
        switch type {
        case nil:
            if let precision {
                let short = FloatText.format(number.magnitude, "g", digits: max(1, precision))
                text =
                    short.contains(".") || short.contains("e") || !number.isFinite || precision == 0
                    ? short : short + ".0"
            } else {
                text = FloatText.repr(number.magnitude)
            }
        case "f", "F", "e", "E":
            text = FloatText.format(
                number.magnitude,
                Character(type ?? "f"),
                digits: precision ?? 6,
                isAlternate: isAlternate
            )
        case "g", "G", "n":
            let conversion: Character = type == "G" ? "G" : "g"
            text = FloatText.format(
                number.magnitude,
                conversion,
                digits: max(1, precision ?? 6),
                isAlternate: isAlternate
            )
        case "%": text = FloatText.format(number.magnitude * 100, "f", digits: precision ?? 6) + "%"
        default: throw unknown(.double(number))
        }
        return try self.number(isNegative: number.sign == .minus && !number.isNaN, prefix: "", digits: text)
    }

    private func number(isNegative: Bool, prefix: String, digits: String) throws -> String {
        let mark = isNegative ? "-" : sign == "-" ? "" : String(sign)
        let head = mark + prefix
        var body = grouping.map { grouped(digits, $0) } ?? digits
        if align == "=" {
            let missing = width - StringOperations.length(head) - StringOperations.length(body)
            if missing > 0 { body = String(repeating: String(fill), count: missing) + body }
            return head + body
        }
        return try aligned(head + body, isNumber: true)
    }

    private func grouped(_ digits: String, _ separator: Unicode.Scalar) -> String {
        let whole = digits.prefix { $0.isNumber && $0.isASCII }
        let size = separator == "_" && ["x", "X", "o", "b"].contains(type) ? 4 : 3
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % size == 0 { result += String(separator) }
            result.append(digit)
        }
        return result + digits.dropFirst(whole.count)
    }

    private func aligned(_ text: String, isNumber: Bool) throws -> String {
        let missing = width - StringOperations.length(text)
        guard missing > 0 else { return text }
        let left =
            switch align {
            case "<": 0
            case "^": missing / 2
            case ">", "=": missing
            default: isNumber ? missing : 0
            }
        let filler = String(fill)
        return String(repeating: filler, count: left) + text + String(repeating: filler, count: missing - left)
    }
}
