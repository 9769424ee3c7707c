/// Python's operators. Integers have 64 bits: what does not fit is an error and never wraps or traps.
enum Arithmetic {
    enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case floorDivide = "//"
        case modulo = "%"
        case power = "**"
    }

    /// What `'a' * n` and `[0] * n` may make: Jinja's sandbox has 100,000 for ranges, and texts get ten times that.
    static let longestRepetition = 1_000_000

    static func number(_ value: TemplateValue) -> Double? {
        switch value {
        case .double(let number): number
        case .int(let number): Double(number)
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    static func apply(_ sign: Operator, _ first: TemplateValue, _ second: TemplateValue) throws -> TemplateValue {
        if let a = first.integer, let b = second.integer { return try integers(sign, a, b) }
        if let a = number(first), let b = number(second) { return .double(try doubles(sign, a, b)) }
        if case .undefined(let reason) = first, first.string == nil, !isFormat(sign, first) {
            throw reason.problem(in: nil)
        }
        switch sign {
        case .add: if let sum = try sum(first, second) { return sum }
        case .multiply:
            if let count = second.integer, let result = try repeated(first, count) { return result }
            if let count = first.integer, let result = try repeated(second, count) { return result }
        case .modulo: if first.string != nil { return try PercentFormat.format(first, with: second) }
        default: break
        }
        if case .undefined(let reason) = second { throw reason.problem(in: nil) }
        throw TemplateProblem(
            "unsupported operand type(s) for \(sign.rawValue): '\(first.typeName)' and '\(second.typeName)'"
        )
    }

    private static func isFormat(_ sign: Operator, _ value: TemplateValue) -> Bool {
        sign == .modulo && value.string != nil
    }

    private static func integers(_ sign: Operator, _ a: Int, _ b: Int) throws -> TemplateValue {
        let (result, overflow): (Int, Bool)
        switch sign {
        case .add: (result, overflow) = a.addingReportingOverflow(b)
        case .subtract: (result, overflow) = a.subtractingReportingOverflow(b)
        case .multiply: (result, overflow) = a.multipliedReportingOverflow(by: b)
        case .divide:
            guard b != 0 else { throw TemplateProblem("division by zero") }
            return .double(Double(a) / Double(b))
        case .floorDivide: (result, overflow) = try floorDivision(a, b)
        case .modulo:
            guard b != 0 else { throw TemplateProblem("integer modulo by zero") }
            if b == -1 { return .int(0) }
            let rest = a % b
            return .int(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        case .power: return try power(a, b)
        }
        if overflow { throw tooLarge(sign, a, b) }
        return .int(result)
    }

    private static func floorDivision(_ a: Int, _ b: Int) throws -> (Int, Bool) {
        guard b != 0 else { throw TemplateProblem("integer division or modulo by zero") }
        let (quotient, overflow) = a.dividedReportingOverflow(by: b)
        if overflow { return (quotient, true) }
        let isRoundedUp = a % b != 0 && (a < 0) != (b < 0)
        return (isRoundedUp ? quotient - 1 : quotient, false)
    }

    private static func power(_ base: Int, _ exponent: Int) throws -> TemplateValue {
        if exponent < 0 {
            guard base != 0 else { throw TemplateProblem("0.0 cannot be raised to a negative power") }
            return .double(FloatText.power(Double(base), Double(exponent)))
        }
        var (result, factor, rest) = (1, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 {
                let (product, overflow) = result.multipliedReportingOverflow(by: factor)
                if overflow { throw tooLarge(.power, base, exponent) }
                result = product
            }
            rest >>= 1
            if rest > 0 {
                let (square, overflow) = factor.multipliedReportingOverflow(by: factor)
                if overflow { throw tooLarge(.power, base, exponent) }
                factor = square
            }
        }
        return .int(result)
    }

    private static func tooLarge(_ sign: Operator, _ a: Int, _ b: Int) -> TemplateProblem {
        TemplateProblem("\(a) \(sign.rawValue) \(b) does not fit into an integer of 64 bits; use a float: \(a).0")
    }

    private static func doubles(_ sign: Operator, _ a: Double, _ b: Double) throws -> Double {
        switch sign {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide:
            guard b != 0 else { throw TemplateProblem("float division by zero") }
            return a / b
        case .floorDivide:
            guard b != 0 else { throw TemplateProblem("float floor division by zero") }
            return division(a, b).quotient
        case .modulo:
            guard b != 0 else { throw TemplateProblem("float modulo") }
            return division(a, b).rest
        case .power: return try power(a, b)
        }
    }

    /// With the sign of the divisor, as Python has it.
    private static func division(_ a: Double, _ b: Double) -> (quotient: Double, rest: Double) {
        var rest = a.truncatingRemainder(dividingBy: b)
        var quotient = (a - rest) / b
        if rest != 0 {
            if (b < 0) != (rest < 0) {
                rest += b
                quotient -= 1
            }
        } else {
            rest = b < 0 ? -0.0 : 0.0
        }
        guard quotient != 0 else { return ((a / b).sign == .minus ? -0.0 : 0.0, rest) }
        let floor = quotient.rounded(.down)
        return (quotient - floor > 0.5 ? floor + 1 : floor, rest)
    }

    private static func power(_ base: Double, _ exponent: Double) throws -> Double {
        if base == 0, exponent < 0 { throw TemplateProblem("0.0 cannot be raised to a negative power") }
        let result = FloatText.power(base, exponent)
        if result.isNaN, !base.isNaN, !exponent.isNaN {
            throw TemplateProblem("a complex number, which templates do not have")
        }
        if result.isInfinite, base.isFinite, exponent.isFinite {
            throw TemplateProblem("the result is too large for a float")
        }
        return result
    }

    private static func sum(_ first: TemplateValue, _ second: TemplateValue) throws -> TemplateValue? {
        switch (first, second) {
        case (.string(let a), .string(let b)): return .string(a + b)
        case (.safe(let a), .string), (.safe(let a), .safe): return .safe(a + HTMLEscaping.escaped(second))
        case (.string, .safe(let b)): return .safe(HTMLEscaping.escaped(first) + b)
        case (.tuple(let a), .tuple(let b)): return .tuple(a + b)
        case (.tuple, _), (_, .tuple): return nil
        default: break
        }
        if let a = first.sequence, let b = second.sequence { return .list(TemplateList(a + b)) }
        return nil
    }

    private static func repeated(_ value: TemplateValue, _ count: Int) throws -> TemplateValue? {
        func check(_ length: Int) throws -> Int {
            // Nothing, however often.
            if length == 0 { return 0 }
            let (total, overflow) = length.multipliedReportingOverflow(by: max(0, count))
            guard !overflow, total <= longestRepetition else {
                throw TemplateProblem("a repetition longer than \(longestRepetition)", kind: .limit)
            }
            return max(0, count)
        }
        switch value {
        case .string(let text): return .string(String(repeating: text, count: try check(text.utf8.count)))
        case .safe(let text): return .safe(String(repeating: text, count: try check(text.utf8.count)))
        default: break
        }
        guard let elements = value.sequence else { return nil }
        let times = try check(elements.count)
        var result: [TemplateValue] = []
        if !elements.isEmpty { for _ in 0..<times { result += elements } }
        if case .tuple = value { return .tuple(result) }
        return .list(TemplateList(result))
    }

    static func negated(_ value: TemplateValue) throws -> TemplateValue {
        if let integer = value.integer {
            let (result, overflow) = 0.subtractingReportingOverflow(integer)
            if overflow { throw TemplateProblem("-\(integer) does not fit into an integer of 64 bits") }
            return .int(result)
        }
        if case .double(let number) = value { return .double(-number) }
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        throw TemplateProblem("bad operand type for unary -: '\(value.typeName)'")
    }

    static func plus(_ value: TemplateValue) throws -> TemplateValue {
        if let integer = value.integer { return .int(integer) }
        if case .double = value { return value }
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        throw TemplateProblem("bad operand type for unary +: '\(value.typeName)'")
    }
}
