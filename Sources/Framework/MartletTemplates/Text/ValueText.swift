/// Python's `str()` and `repr()` of values.
enum ValueText {
    /// A list may hold itself: deeper than this, `[...]` is printed, as Python does for a list within itself.
    private static let deepest = 50

    static func str(_ value: TemplateValue) -> String {
        switch value {
        case .undefined: return ""
        case .string(let text), .safe(let text): return text
        case .int(let number): return String(number)
        case .none: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .double(let number): return FloatText.repr(number)
        case .object(let object): return object.text
        default:
            var text = ""
            write(value, to: &text, depth: 0)
            return text
        }
    }

    static func repr(_ value: TemplateValue) -> String {
        var text = ""
        write(value, to: &text, depth: 0)
        return text
    }

    private static func write(_ value: TemplateValue, to text: inout String, depth: Int) {
        switch value {
        case .undefined: text += "Undefined"
        case .string(let string): writeQuoted(string, to: &text)
        case .safe(let string):
            text += "Markup("
            writeQuoted(string, to: &text)
            text += ")"
        case .array(let elements): write(elements, "[", "]", to: &text, depth: depth)
        case .list(let list): write(list.elements, "[", "]", to: &text, depth: depth)
        case .tuple(let elements): write(elements, "(", elements.count == 1 ? ",)" : ")", to: &text, depth: depth)
        case .dictionary(let dictionary): write(dictionary, to: &text, depth: depth)
        case .map(let map): write(map.dictionary, to: &text, depth: depth)
        case .function(let function): text += "<function \(function.name)>"
        case .object(let object): text += (object as? ModuleObject)?.representation ?? object.text
        default: text += str(value)
        }
    }

    private static func write(
        _ elements: [TemplateValue],
        _ opening: String,
        _ closing: String,
        to text: inout String,
        depth: Int
    ) {
        text += opening
        if depth >= deepest {
            text += "..."
        } else {
            for (index, element) in elements.enumerated() {
                if index > 0 { text += ", " }
                write(element, to: &text, depth: depth + 1)
            }
        }
        text += closing
    }

    private static func write(_ dictionary: TemplateDictionary, to text: inout String, depth: Int) {
        text += "{"
        if depth >= deepest {
            text += "..."
        } else {
            for (index, entry) in dictionary.entries.enumerated() {
                if index > 0 { text += ", " }
                write(entry.key, to: &text, depth: depth + 1)
                text += ": "
                write(entry.value, to: &text, depth: depth + 1)
            }
        }
        text += "}"
    }

    /// In single quotes, or in double ones where that saves escapes.
    private static func writeQuoted(_ string: String, to text: inout String) {
        let isDouble = string.utf8.contains(0x27) && !string.utf8.contains(0x22)
        let quote: Unicode.Scalar = isDouble ? "\"" : "'"
        var scalars = String.UnicodeScalarView()
        scalars.append(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\n": scalars.append(contentsOf: "\\n".unicodeScalars)
            case "\r": scalars.append(contentsOf: "\\r".unicodeScalars)
            case "\t": scalars.append(contentsOf: "\\t".unicodeScalars)
            case "\\": scalars.append(contentsOf: "\\\\".unicodeScalars)
            case quote:
                scalars.append("\\")
                scalars.append(quote)
            case _ where CodePoints.isPrintable(scalar): scalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let (letter, width) =
                    scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
                scalars.append(contentsOf: "\\\(letter)\(zeros)\(digits)".unicodeScalars)
            }
        }
        scalars.append(quote)
        text += String(scalars)
    }
}
