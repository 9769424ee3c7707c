extension StringMethod {
    /// Methods that ask something of a text: where something is, what it consists of.
    func asked(_ text: String, _ arguments: TemplateArguments) throws -> TemplateValue {
        switch self {
        case .count: return .int(try occurrences(text, arguments).count)
        case .find: return .int(try occurrences(text, arguments).first ?? -1)
        case .rfind: return .int(try occurrences(text, arguments).last ?? -1)
        case .index:
            guard let found = try occurrences(text, arguments).first else {
                throw TemplateProblem("substring not found")
            }
            return .int(found)
        case .isdecimal: return .bool(consists(text) { $0.properties.numericType == .decimal })
        case .isdigit:
            return .bool(consists(text) { [.decimal, .digit].contains($0.properties.numericType) })
        case .isnumeric: return .bool(consists(text) { $0.properties.numericType != nil })
        case .isalpha: return .bool(consists(text, CodePoints.isLetter))
        case .isalnum: return .bool(consists(text) { CodePoints.isWord($0) && $0 != "_" })
        case .isspace: return .bool(consists(text, CodePoints.isSpace))
        case .isupper: return .bool(StringOperations.isAll(text, lower: false))
        case .islower: return .bool(StringOperations.isAll(text, lower: true))
        default: throw TemplateProblem("'str' has no method '\(rawValue)'")
        }
    }

    private func consists(_ text: String, _ isWanted: (Unicode.Scalar) -> Bool) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy(isWanted)
    }

    /// Where the part begins, in characters. Occurrences do not overlap, except at the end for `rfind`, as far as it matters.
    private func occurrences(_ text: String, _ arguments: TemplateArguments) throws -> [Int] {
        let value = try arguments.required(0, "sub")
        guard let part = value.string else { throw TemplateProblem("must be str, not \(value.typeName)") }
        let (scalars, wanted) = (Array(text.unicodeScalars), Array(part.unicodeScalars))
        let start = bound(try arguments.optionalInt(1, "start") ?? 0, scalars.count)
        let end = bound(try arguments.optionalInt(2, "end") ?? scalars.count, scalars.count)
        if wanted.isEmpty { return start <= end ? Array(start...end) : [] }
        var (found, at) = ([Int](), start)
        while at + wanted.count <= end {
            if scalars[at] == wanted[0], scalars[at..<(at + wanted.count)].elementsEqual(wanted) {
                found.append(at)
                at += self == .rfind ? 1 : wanted.count
            } else {
                at += 1
            }
        }
        return found
    }

    private func bound(_ index: Int, _ count: Int) -> Int {
        min(max(index < 0 ? count &+ index : index, 0), count)
    }
}
