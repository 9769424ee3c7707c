/// Python's `"{} {name:>8}".format(…)`.
enum BraceFormat {
    static func format(_ pattern: TemplateValue, with arguments: TemplateArguments) throws -> TemplateValue {
        var isSafe = false
        if case .safe = pattern { isSafe = true }
        var reader = Reader(
            rest: Array((pattern.string ?? "").unicodeScalars)[...],
            arguments: arguments,
            isSafe: isSafe
        )
        let text = try reader.format(depth: 0)
        return isSafe ? .safe(text) : .string(text)
    }

    private struct Reader {
        var rest: ArraySlice<Unicode.Scalar>
        let arguments: TemplateArguments
        let isSafe: Bool
        var next = 0

        mutating func format(depth: Int) throws -> String {
            var text = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                switch scalar {
                case "{" where rest.first == "{", "}" where rest.first == "}":
                    rest.removeFirst()
                    text.append(scalar)
                case "{": text.append(contentsOf: try field(depth: depth).unicodeScalars)
                case "}": throw TemplateProblem("Single '}' encountered in format string")
                default: text.append(scalar)
                }
            }
            return String(text)
        }

        private mutating func field(depth: Int) throws -> String {
            // The specification may hold fields itself.
            var (inside, open) = ([Unicode.Scalar](), 1)
            while open > 0 {
                guard let scalar = rest.popFirst() else { throw TemplateProblem("expected '}' before end of string") }
                if scalar == "{" { open += 1 }
                if scalar == "}" { open -= 1 }
                if open > 0 { inside.append(scalar) }
            }
            let name = inside.prefix { $0 != ":" && $0 != "!" }
            var tail = inside[name.endIndex...]
            var value = try self.value(String(String.UnicodeScalarView(name)))
            if tail.first == "!" {
                switch tail.dropFirst().first {
                case "r", "a": value = .string(ValueText.repr(value))
                case "s": value = .string(ValueText.str(value))
                default: throw TemplateProblem("Unknown conversion specifier in a format")
                }
                tail = tail.dropFirst(2)
            }
            var specification = String(String.UnicodeScalarView(tail.dropFirst()))
            if specification.contains("{") {
                guard depth == 0 else { throw TemplateProblem("Max string recursion exceeded") }
                var inner = Reader(rest: tail.dropFirst(), arguments: arguments, isSafe: false, next: next)
                specification = try inner.format(depth: 1)
                next = inner.next
            }
            guard isSafe else { return try FormatSpecification(specification).format(value) }
            if case .safe(let html) = value {
                guard specification.isEmpty else {
                    throw TemplateProblem("Unsupported format specification for Markup.")
                }
                return html
            }
            return HTMLEscaping.escaped(try FormatSpecification(specification).format(value))
        }

        /// `0`, `name`, `name.attribute`, `0[key]`, or nothing for the next one.
        private mutating func value(_ text: String) throws -> TemplateValue {
            let scalars = Array(text.unicodeScalars)
            let head = scalars.prefix { $0 != "." && $0 != "[" }
            var path = scalars[head.endIndex...]
            let name = String(String.UnicodeScalarView(head))
            var value: TemplateValue
            if name.isEmpty || Int(name) != nil {
                let position = Int(name) ?? next
                if name.isEmpty { next += 1 }
                guard position >= 0, position < arguments.positional.count else {
                    throw TemplateProblem("Replacement index \(position) out of range for positional args tuple")
                }
                value = arguments.positional[position]
            } else {
                guard let keyword = arguments[name] else {
                    throw TemplateProblem("the format wants '\(name)', which is not given")
                }
                value = keyword
            }
            while let separator = path.popFirst() {
                if separator == "." {
                    let part = path.prefix { $0 != "." && $0 != "[" }
                    path = path[part.endIndex...]
                    value = try Access.attribute(String(String.UnicodeScalarView(part)), of: value)
                } else {
                    let part = path.prefix { $0 != "]" }
                    path = path[part.endIndex...].dropFirst()
                    let key = String(String.UnicodeScalarView(part))
                    value = try Access.element(Int(key).map { .int($0) } ?? .string(key), of: value)
                }
            }
            return value
        }
    }
}
