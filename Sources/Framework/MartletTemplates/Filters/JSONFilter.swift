/// `tojson`: Python's `json.dumps` with sorted keys, and with what could end a script or an attribute written as `\u003c`.
enum JSONFilter {
    @Sendable static func toJSON(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["indent"])
        var indent: String?
        switch arguments.value(0, "indent") {
        case nil, .none?: break
        case let width?:
            if let text = width.string {
                indent = text
            } else {
                indent = String(repeating: " ", count: min(max(0, try arguments.int(0, "indent", default: 0)), 100))
            }
        }
        var writer = Writer(indent: indent)
        try writer.write(value, depth: 0)
        return .safe(writer.text)
    }

    private struct Writer {
        let indent: String?
        var text = ""

        mutating func write(_ value: TemplateValue, depth: Int) throws {
            guard depth <= Nesting.deepest else {
                throw TemplateProblem("lists within lists, too deep for JSON", kind: .limit)
            }
            guard text.utf8.count <= TemplateLimits.longestText else {
                throw TemplateProblem("a text longer than \(TemplateLimits.longestText) bytes", kind: .limit)
            }
            switch value {
            case .none: text += "null"
            case .bool(let value): text += value ? "true" : "false"
            case .int(let number): text += String(number)
            case .double(let number): text += Self.number(number)
            case .string(let string), .safe(let string): write(string)
            case .undefined: throw TemplateProblem("Object of type Undefined is not JSON serializable")
            default:
                if let mapping = value.mapping {
                    try write(mapping, depth: depth)
                } else if let elements = value.sequence ?? group(value) {
                    try write(elements, depth: depth)
                } else {
                    throw TemplateProblem("Object of type \(value.typeName) is not JSON serializable")
                }
            }
        }

        private func group(_ value: TemplateValue) -> [TemplateValue]? {
            (value.object as? GroupObject).flatMap { try? $0.elements() }
        }

        private static func number(_ number: Double) -> String {
            if number.isNaN { return "NaN" }
            if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
            return FloatText.repr(number)
        }

        private mutating func newLine(_ depth: Int) {
            guard let indent else { return }
            text += "\n" + String(repeating: indent, count: depth)
        }

        private mutating func write(_ elements: [TemplateValue], depth: Int) throws {
            if elements.isEmpty {
                text += "[]"
                return
            }
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += indent == nil ? ", " : "," }
                newLine(depth + 1)
                try write(element, depth: depth + 1)
            }
            newLine(depth)
            text += "]"
        }

        private mutating func write(_ mapping: TemplateDictionary, depth: Int) throws {
            if mapping.count == 0 {
                text += "{}"
                return
            }
            text += "{"
            let sorted = try Sorting.sorted(mapping.items) { ($0.sequence ?? [])[0] }
            for (position, item) in sorted.enumerated() {
                let entry = item.sequence ?? []
                if position > 0 { text += indent == nil ? ", " : "," }
                newLine(depth + 1)
                write(try Self.key(entry[0]))
                text += ": "
                try write(entry[1], depth: depth + 1)
            }
            newLine(depth)
            text += "}"
        }

        private static func key(_ key: TemplateValue) throws -> String {
            switch key {
            case .string(let text), .safe(let text): return text
            case .int(let number): return String(number)
            case .double(let number): return Self.number(number)
            case .bool(let value): return value ? "true" : "false"
            case .none: return "null"
            default: throw TemplateProblem("keys must be str, int, float, bool or None, not \(key.typeName)")
            }
        }

        private mutating func write(_ string: String) {
            text += "\""
            for unit in string.utf16 {
                switch unit {
                case 0x22: text += "\\\""
                case 0x5C: text += "\\\\"
                case 0x0A: text += "\\n"
                case 0x0D: text += "\\r"
                case 0x09: text += "\\t"
                case 0x08: text += "\\b"
                case 0x0C: text += "\\f"
                case 0x3C, 0x3E, 0x26, 0x27, ..<0x20, 0x7F...: escape(unit)
                default: text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
                }
            }
            text += "\""
        }

        private mutating func escape(_ unit: UInt16) {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
    }
}
