/// Methods of texts that everyday templates call. Those of a safe text give safe texts, with what they are given escaped.
enum StringMethod: String, CaseIterable, Sendable {
    case upper, lower, strip, lstrip, rstrip, split, rsplit, splitlines, startswith, endswith, replace, join, format,
        title
    case capitalize, count, find, rfind, index, isdigit, isalpha, isalnum, isspace, isupper, islower, isnumeric,
        isdecimal
    case center, ljust, rjust, zfill, swapcase, partition, rpartition, removeprefix, removesuffix

    func call(_ value: TemplateValue, _ arguments: TemplateArguments) throws -> TemplateValue {
        let text = value.string ?? ""
        var isSafe = false
        if case .safe = value { isSafe = true }
        func same(_ text: String) -> TemplateValue { isSafe ? .safe(text) : .string(text) }
        func filler() throws -> String {
            let filler = arguments.value(1, "fillchar") ?? " "
            let text = isSafe ? HTMLEscaping.escaped(filler) : filler.string ?? ""
            guard StringOperations.length(text) == 1 else {
                throw TemplateProblem("the fill character must be exactly one character long")
            }
            return text
        }
        func padded(_ side: StringOperations.Side) throws -> TemplateValue {
            same(try StringOperations.padded(text, width: try width(arguments), with: try filler(), on: side))
        }
        func stripped(left: Bool = true, right: Bool = true) throws -> TemplateValue {
            same(StringOperations.strip(text, try arguments.optionalString(0, "chars"), left: left, right: right))
        }

        switch self {
        case .upper: return same(StringOperations.uppercased(text))
        case .lower: return same(StringOperations.lowercased(text))
        case .title: return same(StringOperations.titled(text))
        case .capitalize: return same(StringOperations.capitalized(text))
        case .swapcase: return same(StringOperations.swappedCase(text))
        case .strip: return try stripped()
        case .lstrip: return try stripped(right: false)
        case .rstrip: return try stripped(left: false)
        case .center: return try padded(.both)
        case .ljust: return try padded(.right)
        case .rjust: return try padded(.left)
        case .zfill: return same(try zeroFilled(text, width: try width(arguments)))
        case .split, .rsplit:
            let separator = try arguments.optionalString(0, "sep")
            let most = try arguments.int(1, "maxsplit", default: -1)
            let parts =
                self == .split
                ? try StringOperations.split(text, separator, most: most)
                : try StringOperations.splitFromEnd(text, separator, most: most)
            return .list(TemplateList(parts.map(same)))
        case .splitlines:
            let isKeeping = arguments.bool(0, "keepends")
            return .list(TemplateList(StringOperations.lines(text, keepingEnds: isKeeping).map(same)))
        case .startswith, .endswith: return .bool(try affixes(arguments).contains { affix(text, $0) })
        case .replace:
            let new = try arguments.required(1, "new")
            guard new.string != nil else {
                throw TemplateProblem("replace() argument 2 must be str, not \(new.typeName)")
            }
            return same(
                try StringOperations.replace(
                    text,
                    try arguments.string(0, "old", default: ""),
                    with: isSafe ? HTMLEscaping.escaped(new) : new.string ?? "",
                    count: try arguments.int(2, "count", default: -1)
                )
            )
        case .join: return same(try joined(text, arguments, isSafe: isSafe))
        case .format: return try BraceFormat.format(value, with: arguments)
        case .partition, .rpartition: return try partitioned(text, arguments, same)
        case .removeprefix, .removesuffix: return same(try removed(text, arguments))
        default: return try asked(text, arguments)
        }
    }

    private func width(_ arguments: TemplateArguments) throws -> Int {
        _ = try arguments.required(0, "width")
        return try arguments.int(0, "width", default: 0)
    }

    private func zeroFilled(_ text: String, width: Int) throws -> String {
        guard let sign = text.utf8.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else {
            return try StringOperations.padded(text, width: width, with: "0", on: .left)
        }
        let digits = try StringOperations.padded(
            String(text.dropFirst()),
            width: max(0, width) - 1,
            with: "0",
            on: .left
        )
        return text.prefix(1) + digits
    }

    private func joined(_ text: String, _ arguments: TemplateArguments, isSafe: Bool) throws -> String {
        let elements = try Iteration.elements(of: try arguments.required(0, "iterable"))
        return try elements.enumerated().map { position, element in
            if isSafe { return HTMLEscaping.escaped(element) }
            guard let part = element.string else {
                throw TemplateProblem("sequence item \(position): expected str instance, \(element.typeName) found")
            }
            return part
        }.joined(separator: text)
    }

    private func affixes(_ arguments: TemplateArguments) throws -> [String] {
        let wanted = try arguments.required(0, "prefix")
        if let text = wanted.string { return [text] }
        guard case .tuple(let elements) = wanted else {
            throw TemplateProblem("\(rawValue) first arg must be str or a tuple of str, not \(wanted.typeName)")
        }
        return elements.compactMap(\.string)
    }

    private func affix(_ text: String, _ part: String) -> Bool {
        self == .startswith ? StringOperations.hasPrefix(text, part) : StringOperations.hasSuffix(text, part)
    }

    private func removed(_ text: String, _ arguments: TemplateArguments) throws -> String {
        let part = try arguments.string(0, "affix", default: "")
        if self == .removeprefix {
            return StringOperations.hasPrefix(text, part)
                ? String(text.unicodeScalars.dropFirst(part.unicodeScalars.count)) : text
        }
        return StringOperations.hasSuffix(text, part)
            ? String(text.unicodeScalars.dropLast(part.unicodeScalars.count)) : text
    }

    private func partitioned(
        _ text: String,
        _ arguments: TemplateArguments,
        _ same: (String) -> TemplateValue
    ) throws -> TemplateValue {
        let separator = try arguments.string(0, "sep", default: "")
        let parts =
            self == .partition
            ? try StringOperations.split(text, separator, most: 1)
            : try StringOperations.splitFromEnd(text, separator, most: 1)
        if parts.count == 2 { return .tuple([same(parts[0]), same(separator), same(parts[1])]) }
        return .tuple(self == .partition ? [same(text), same(""), same("")] : [same(""), same(""), same(text)])
    }
}
