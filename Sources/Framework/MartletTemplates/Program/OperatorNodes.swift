final class ArithmeticNode: ExpressionNode {
    let sign: Arithmetic.Operator
    let first: any ExpressionNode
    let second: any ExpressionNode
    let place: Place

    init(_ sign: Arithmetic.Operator, _ first: any ExpressionNode, _ second: any ExpressionNode, at place: Place) {
        self.sign = sign
        self.first = first
        self.second = second
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let first = try first.evaluate(frame)
        let second = try second.evaluate(frame)
        do { return try Arithmetic.apply(sign, first, second) } catch { throw place.error(error, in: frame) }
    }
}

/// `-value` and `+value`
final class SignNode: ExpressionNode {
    let isNegative: Bool
    let value: any ExpressionNode
    let place: Place

    init(isNegative: Bool, _ value: any ExpressionNode, at place: Place) {
        self.isNegative = isNegative
        self.value = value
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        do {
            return isNegative ? try Arithmetic.negated(value) : try Arithmetic.plus(value)
        } catch {
            throw place.error(error, in: frame)
        }
    }
}

final class NotNode: ExpressionNode {
    let value: any ExpressionNode

    init(_ value: any ExpressionNode) { self.value = value }

    func evaluate(_ frame: Frame) throws -> TemplateValue { .bool(try !value.evaluate(frame).isTrue) }
}

/// `and` and `or`, which give one of their operands, as in Python.
final class LogicNode: ExpressionNode {
    let isAnd: Bool
    let first: any ExpressionNode
    let second: any ExpressionNode

    init(isAnd: Bool, _ first: any ExpressionNode, _ second: any ExpressionNode) {
        self.isAnd = isAnd
        self.first = first
        self.second = second
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try first.evaluate(frame)
        return value.isTrue == isAnd ? try second.evaluate(frame) : value
    }
}

/// `a < b < c`: each pair, as long as they hold.
final class ComparisonNode: ExpressionNode {
    let first: any ExpressionNode
    let others: [(sign: ComparisonSign, operand: any ExpressionNode)]
    let place: Place

    init(_ first: any ExpressionNode, _ others: [(sign: ComparisonSign, operand: any ExpressionNode)], at place: Place)
    {
        self.first = first
        self.others = others
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        var left = try first.evaluate(frame)
        for (sign, operand) in others {
            let right = try operand.evaluate(frame)
            do {
                guard try Self.holds(left, sign, right) else { return .bool(false) }
            } catch {
                throw place.error(error, in: frame)
            }
            left = right
        }
        return .bool(true)
    }

    static func holds(_ left: TemplateValue, _ sign: ComparisonSign, _ right: TemplateValue) throws -> Bool {
        switch sign {
        case .equal: Comparison.isEqual(left, right)
        case .notEqual: !Comparison.isEqual(left, right)
        case .less: try Comparison.order(left, right, "<").map { $0 < 0 } ?? false
        case .lessOrEqual: try Comparison.order(left, right, "<=").map { $0 <= 0 } ?? false
        case .greater: try Comparison.order(left, right, ">").map { $0 > 0 } ?? false
        case .greaterOrEqual: try Comparison.order(left, right, ">=").map { $0 >= 0 } ?? false
        case .isIn: try Comparison.contains(right, left)
        case .isNotIn: try !Comparison.contains(right, left)
        }
    }
}

/// `a ~ b`: as soon as one part is safe, the others are escaped.
final class ConcatenationNode: ExpressionNode {
    let parts: [any ExpressionNode]
    let place: Place

    init(_ parts: [any ExpressionNode], at place: Place) {
        self.parts = parts
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let values = try parts.map { try $0.evaluate(frame) }
        let isSafe = values.contains(where: \.isHTML)
        var text = ""
        for value in values { text += isSafe ? HTMLEscaping.escaped(value) : ValueText.str(value) }
        guard text.utf8.count <= TemplateLimits.longestText else {
            throw place.error("a text longer than \(TemplateLimits.longestText) bytes", kind: .limit)
        }
        return isSafe ? .safe(text) : .string(text)
    }
}

extension TemplateValue {
    /// What markupsafe finds an `__html__` in.
    var isHTML: Bool {
        switch self {
        case .safe: true
        case .object(let object): object.isSafe
        default: false
        }
    }
}

/// `then if test else otherwise`
final class ConditionalNode: ExpressionNode {
    let test: any ExpressionNode
    let then: any ExpressionNode
    let otherwise: (any ExpressionNode)?
    private let nothing: TemplateValue

    init(_ test: any ExpressionNode, then: any ExpressionNode, otherwise: (any ExpressionNode)?, at place: Place) {
        self.test = test
        self.then = then
        self.otherwise = otherwise
        nothing = .undefined(
            TemplateUndefined(
                "the inline if-expression on line \(place.line) evaluated to false and no else section was defined"
            )
        )
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        if try test.evaluate(frame).isTrue { return try then.evaluate(frame) }
        return try otherwise?.evaluate(frame) ?? nothing
    }
}
