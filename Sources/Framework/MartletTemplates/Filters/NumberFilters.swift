/// Filters of numbers.
enum NumberFilters {
    @Sendable static func absolute(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        if let integer = value.integer { return integer < 0 ? try Arithmetic.negated(.int(integer)) : .int(integer) }
        if case .double(let number) = value { return .double(number.magnitude) }
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        throw TemplateProblem("bad operand type for abs(): '\(value.typeName)'")
    }

    @Sendable static func float(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["default"])
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        if let number = Arithmetic.number(value) ?? value.string.flatMap(FloatText.parse) { return .double(number) }
        return arguments.value(0, "default") ?? .double(0)
    }

    @Sendable static func int(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["default", "base"])
        let base = try arguments.int(1, "base", default: 10)
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        if let integer = value.integer { return .int(integer) }
        if let text = value.string {
            if let integer = parse(text, base: base) { return .int(integer) }
            if let number = FloatText.parse(text), number.isFinite { return try whole(number) }
        }
        if case .double(let number) = value, !number.isNaN { return try whole(number) }
        return arguments.value(0, "default") ?? .int(0)
    }

    private static func whole(_ number: Double) throws -> TemplateValue {
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
            throw TemplateProblem("\(FloatText.repr(number)) does not fit into an integer of 64 bits")
        }
        return .int(integer)
    }

    /// Python's `int(text, base)`.
    private static func parse(_ text: String, base: Int) -> Int? {
        var digits = StringOperations.strip(text)[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        var radix = base
        let prefix = digits.prefix(2).lowercased()
        for (mark, named) in [("0x", 16), ("0o", 8), ("0b", 2)] where prefix == mark && (base == named || base == 0) {
            radix = named
            digits = digits.dropFirst(2)
            if digits.hasPrefix("_") { digits = digits.dropFirst() }
        }
        if radix == 0 { radix = 10 }
        guard (2...36).contains(radix), !digits.isEmpty, !digits.hasPrefix("_"), !digits.hasSuffix("_"),
            !digits.contains("__")
        else {
            return nil
        }
        guard !digits.hasPrefix("+"), !digits.hasPrefix("-") else { return nil }
        return Int((isNegative ? "-" : "") + digits.filter { $0 != "_" }, radix: radix)
    }

    @Sendable static func round(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["precision", "method"])
        let precision = try arguments.int(0, "precision", default: 0)
        let method = try arguments.string(1, "method", default: "common")
        guard let number = Arithmetic.number(value) else {
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            throw TemplateProblem("type '\(value.typeName)' cannot be rounded")
        }
        switch method {
        case "common":
            if let integer = value.integer { return .int(try rounded(integer, precision)) }
            return .double(FloatText.round(number, digits: precision))
        case "ceil", "floor":
            guard (-300...300).contains(precision) else { throw TemplateProblem("a precision beyond 300 digits") }
            let scale = FloatText.power(10, Double(precision))
            let scaled = number * scale
            guard scaled.isFinite else {
                throw TemplateProblem("cannot convert \(FloatText.repr(scaled)) to an integer")
            }
            // Python rounds to an integer here, which has no negative zero.
            return .double((scaled.rounded(method == "ceil" ? .up : .down) + 0) / scale)
        default: throw TemplateProblem("method must be common, ceil or floor")
        }
    }

    /// To tens, hundreds and so on, and to even where the number is in the middle.
    private static func rounded(_ number: Int, _ precision: Int) throws -> Int {
        if precision >= 0 { return number }
        guard precision > -19 else { return 0 }
        let scale = (0..<(-precision)).reduce(1) { product, _ in product * 10 }
        let rest = number % scale
        let down = number - rest
        let (half, isExact) = (scale / 2, scale % 2 == 0)
        let size = rest.magnitude
        let isUp = size > UInt(half) || isExact && size == UInt(half) && (down / scale) % 2 != 0
        guard isUp else { return down }
        let (result, overflow) = down.addingReportingOverflow(number < 0 ? -scale : scale)
        if overflow { throw TemplateProblem("\(number), rounded, does not fit into an integer of 64 bits") }
        return result
    }

    @Sendable static func fileSize(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["binary"])
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        guard let bytes = Arithmetic.number(value) ?? value.string.flatMap(FloatText.parse) else {
            throw TemplateProblem("could not convert '\(value.typeName)' to float")
        }
        let isBinary = arguments.bool(0, "binary")
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base {
            guard let whole = Int(exactly: bytes.rounded(.towardZero)) else {
                throw TemplateProblem("the size is no number")
            }
            return .string("\(whole) Bytes")
        }
        let prefixes =
            isBinary
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
        var unit = base
        for (position, prefix) in prefixes.enumerated() {
            unit *= base
            if bytes < unit || position == prefixes.count - 1 {
                return .string("\(FloatText.format(base * bytes / unit, "f", digits: 1)) \(prefix)")
            }
        }
        return .string("")
    }
}
