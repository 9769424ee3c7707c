/// Python's `"%s: %d" % values`.
enum PercentFormat {
    /// Into a safe text, everything is escaped that is not safe itself.
    static func format(_ pattern: TemplateValue, with values: TemplateValue) throws -> TemplateValue {
        var arguments: [TemplateValue] = [values]
        if case .tuple(let elements) = values { arguments = elements }
        var isSafe = false
        if case .safe = pattern { isSafe = true }
        var reader = Reader(pattern.string ?? "", arguments: arguments, mapping: values.mapping, isSafe: isSafe)
        let text = try reader.format()
        // What has elements could have been asked for them; only a tuple is taken for the arguments.
        var isTuple = false
        if case .tuple = values { isTuple = true }
        let hasElements =
            !isTuple && values.string == nil && (values.isUndefined || values.mapping != nil || values.sequence != nil)
        guard hasElements || reader.next >= arguments.count else {
            throw TemplateProblem("not all arguments converted during string formatting")
        }
        return isSafe ? .safe(text) : .string(text)
    }

    private struct Reader {
        var rest: ArraySlice<Unicode.Scalar>
        let arguments: [TemplateValue]
        let mapping: TemplateDictionary?
        let isSafe: Bool
        var next = 0

        init(_ pattern: String, arguments: [TemplateValue], mapping: TemplateDictionary?, isSafe: Bool) {
            rest = Array(pattern.unicodeScalars)[...]
            self.arguments = arguments
            self.mapping = mapping
            self.isSafe = isSafe
        }

        mutating func format() throws -> String {
            var text = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                guard scalar == "%" else {
                    text.append(scalar)
                    continue
                }
                if rest.first == "%" {
                    rest.removeFirst()
                    text.append("%")
                } else {
                    text.append(contentsOf: try conversion().unicodeScalars)
                }
            }
            return String(text)
        }

        private mutating func argument() throws -> TemplateValue {
            guard next < arguments.count else { throw TemplateProblem("not enough arguments for format string") }
            defer { next += 1 }
            return arguments[next]
        }

        private mutating func conversion() throws -> String {
            var value: TemplateValue?
            if rest.first == "(" {
                rest.removeFirst()
                let key = String(String.UnicodeScalarView(rest.prefix { $0 != ")" }))
                rest = rest.drop { $0 != ")" }.dropFirst()
                guard let mapping else { throw TemplateProblem("format requires a mapping") }
                guard let found = mapping[key] else {
                    throw TemplateProblem("the format wants '\(key)', which is not given")
                }
                value = found
            }
            var specification = FormatSpecification()
            var isLeft = false
            flags: while let flag = rest.first {
                switch flag {
                case "-": isLeft = true
                case "+": specification.sign = "+"
                case " ": if specification.sign != "+" { specification.sign = " " }
                case "0": specification.fill = "0"
                case "#": specification.isAlternate = true
                default: break flags
                }
                rest.removeFirst()
            }
            specification.width = try size(isLeft: &isLeft) ?? 0
            if rest.first == "." {
                rest.removeFirst()
                var ignored = false
                specification.precision = max(0, try size(isLeft: &ignored) ?? 0)
            }
            guard let type = rest.popFirst() else { throw TemplateProblem("incomplete format") }
            let argument = try value ?? argument()
            specification.align = isLeft ? "<" : ">"
            if isLeft { specification.fill = " " }
            return try convert(argument, type, &specification)
        }

        private mutating func size(isLeft: inout Bool) throws -> Int? {
            guard rest.first == "*" else { return try FormatSpecification.number(&rest) }
            rest.removeFirst()
            guard let size = try argument().integer, size.magnitude <= 10_000 else {
                throw TemplateProblem("* wants int")
            }
            if size < 0 { isLeft = true }
            return Int(size.magnitude)
        }

        private func convert(
            _ value: TemplateValue,
            _ type: Unicode.Scalar,
            _ specification: inout FormatSpecification
        ) throws -> String {
            switch type {
            case "s", "r", "a":
                let text = type == "s" ? ValueText.str(value) : ValueText.repr(value)
                specification.fill = " "
                let html = type == "s" ? HTMLEscaping.escaped(value) : HTMLEscaping.escaped(text)
                return try specification.format(.string(isSafe ? html : text))
            case "d", "i", "u", "x", "X", "o", "c":
                if type == "c", let text = value.string { return text }
                guard let number = value.integer ?? wholeNumber(value, type) else {
                    throw TemplateProblem("%\(type) format: a real number is required, not \(value.typeName)")
                }
                specification.type = type == "i" || type == "u" ? "d" : type
                if specification.fill == "0", specification.align == ">" { specification.align = "=" }
                if let digits = specification.precision {
                    specification.precision = nil
                    let text = String(number.magnitude)
                    let zeros = String(repeating: "0", count: max(0, digits - text.utf8.count))
                    let sign = number < 0 ? "-" : specification.sign == "-" ? "" : String(specification.sign)
                    return try specification.padded(sign + zeros + text)
                }
                return try specification.format(number)
            case "f", "F", "e", "E", "g", "G":
                guard let number = Arithmetic.number(value) ?? parsed(value) else {
                    throw TemplateProblem("must be real number, not \(value.typeName)")
                }
                specification.type = type
                if specification.fill == "0", specification.align == ">" { specification.align = "=" }
                return try specification.format(number)
            default:
                throw TemplateProblem("unsupported format character '\(type)'")
            }
        }

        /// Markup's helper gives texts to `int()` and `float()`.
        private func wholeNumber(_ value: TemplateValue, _ type: Unicode.Scalar) -> Int? {
            if case .double(let number) = value, type == "d" || type == "i" || type == "u" {
                return Int(exactly: number.rounded(.towardZero))
            }
            return nil
        }

        private func parsed(_ value: TemplateValue) -> Double? {
            isSafe ? value.string.flatMap(FloatText.parse) : nil
        }
    }
}

extension FormatSpecification {
    /// Text that is a number already.
    fileprivate func padded(_ text: String) throws -> String {
        var plain = self
        plain.type = nil
        plain.fill = " "
        if plain.align == "=" { plain.align = ">" }
        return try plain.format(.string(text))
    }
}
