private import Glibc

/// Equality, order and membership as Python has them.
enum Comparison {
    /// A list may hold itself; Python gives up at its recursion limit.
    private static let deepest = 100

    /// The same code points. Swift's `==` would take two ways of writing an accent for one.
    static func isSame(_ first: String, _ second: String) -> Bool {
        let count = first.utf8.count
        guard count == second.utf8.count else { return false }
        let isSame = first.utf8.withContiguousStorageIfAvailable { first in
            second.utf8.withContiguousStorageIfAvailable { second -> Bool in
                guard let first = first.baseAddress, let second = second.baseAddress else { return true }
                return memcmp(first, second, count) == 0
            }
        }
        return (isSame ?? nil) ?? first.utf8.elementsEqual(second.utf8)
    }

    static func isEqual(_ first: TemplateValue, _ second: TemplateValue) -> Bool {
        isEqual(first, second, depth: 0)
    }

    private static func isEqual(_ first: TemplateValue, _ second: TemplateValue, depth: Int) -> Bool {
        guard depth < deepest else { return false }
        switch (first, second) {
        case (.string(let a), .string(let b)), (.string(let a), .safe(let b)), (.safe(let a), .string(let b)),
            (.safe(let a), .safe(let b)):
            return isSame(a, b)
        case (.int(let a), .int(let b)): return a == b
        case (.bool(let a), .bool(let b)): return a == b
        case (.double(let a), .double(let b)): return a == b
        case (.int, .bool), (.bool, .int): return first.integer == second.integer
        case (.double(let a), .int), (.double(let a), .bool): return second.integer.map { isEqual(a, $0) } ?? false
        case (.int, .double(let b)), (.bool, .double(let b)): return first.integer.map { isEqual(b, $0) } ?? false
        case (.none, .none), (.undefined, .undefined): return true
        case (.tuple(let a), .tuple(let b)): return isEqual(a, b, depth: depth)
        case (.tuple, _), (_, .tuple): return false
        case (.function(let a), .function(let b)): return a === b
        case (.object(let a), .object(let b)): return a === b
        default: break
        }
        if let a = first.sequence, let b = second.sequence { return isEqual(a, b, depth: depth) }
        if let a = first.mapping, let b = second.mapping {
            return a.count == b.count
                && a.entries.allSatisfy { entry in
                    b[entry.key].map { isEqual(entry.value, $0, depth: depth + 1) } ?? false
                }
        }
        return false
    }

    private static func isEqual(_ first: [TemplateValue], _ second: [TemplateValue], depth: Int) -> Bool {
        first.count == second.count && zip(first, second).allSatisfy { isEqual($0, $1, depth: depth + 1) }
    }

    private static func isEqual(_ number: Double, _ integer: Int) -> Bool {
        Int(exactly: number) == integer
    }

    /// Whether both are the same object, as Python's `is` has it for constants.
    static func isIdentical(_ first: TemplateValue, _ second: TemplateValue) -> Bool {
        switch (first, second) {
        case (.list(let a), .list(let b)): a === b
        case (.map(let a), .map(let b)): a === b
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.none, .none): true
        case (.string(let a), .string(let b)), (.safe(let a), .safe(let b)): isSame(a, b)
        case (.function(let a), .function(let b)): a === b
        case (.object(let a), .object(let b)): a === b
        case (.array, .array), (.tuple, .tuple), (.dictionary, .dictionary): isEqual(first, second)
        default: false
        }
    }

    /// Below zero when the first is less. Without order for what is not a number.
    ///
    /// - Throws: ``TemplateProblem`` when Python knows no order of the two.
    static func order(_ first: TemplateValue, _ second: TemplateValue, _ sign: String) throws -> Int? {
        try order(first, second, sign, depth: 0)
    }

    private static func order(_ first: TemplateValue, _ second: TemplateValue, _ sign: String, depth: Int) throws
        -> Int?
    {
        if case .undefined(let reason) = first { throw reason.problem(in: nil) }
        if case .undefined(let reason) = second { throw reason.problem(in: nil) }
        if let a = first.string, let b = second.string { return order(a, b) }
        if let a = first.integer, let b = second.integer { return a < b ? -1 : a == b ? 0 : 1 }
        if let a = Arithmetic.number(first), let b = Arithmetic.number(second) {
            return a < b ? -1 : a == b ? 0 : a > b ? 1 : nil
        }
        let areTuples = first.typeName == "tuple" && second.typeName == "tuple"
        let areLists = first.typeName == "list" && second.typeName == "list"
        if areTuples || areLists, depth < deepest, let a = first.sequence, let b = second.sequence {
            for (x, y) in zip(a, b) where !isEqual(x, y) { return try order(x, y, sign, depth: depth + 1) }
            return a.count < b.count ? -1 : a.count == b.count ? 0 : 1
        }
        throw TemplateProblem(
            "'\(sign)' not supported between instances of '\(first.typeName)' and '\(second.typeName)'"
        )
    }

    /// By code points, which the order of UTF-8 is too.
    private static func order(_ first: String, _ second: String) -> Int {
        if isSame(first, second) { return 0 }
        return first.utf8.lexicographicallyPrecedes(second.utf8) ? -1 : 1
    }

    static func isLess(_ first: TemplateValue, _ second: TemplateValue) throws -> Bool {
        try order(first, second, "<").map { $0 < 0 } ?? false
    }

    /// `value in container`.
    static func contains(_ container: TemplateValue, _ value: TemplateValue) throws -> Bool {
        switch container {
        case .string(let text), .safe(let text):
            guard let part = value.string else {
                throw TemplateProblem("'in <string>' requires string as left operand, not \(value.typeName)")
            }
            return StringOperations.contains(text, part)
        case .dictionary(let dictionary): return dictionary[try TemplateKey.check(value)] != nil
        case .map(let map): return map.dictionary[try TemplateKey.check(value)] != nil
        case .undefined: return false
        default:
            if let range = (container.object as? RangeObject), let number = value.integer {
                return range.contains(number)
            }
            guard let elements = try Iteration.elementsIfAny(of: container) else {
                throw TemplateProblem("argument of type '\(container.typeName)' is not iterable")
            }
            return elements.contains { isEqual($0, value) }
        }
    }
}

extension TemplateValue {
    var object: (any TemplateObject)? {
        if case .object(let object) = self { object } else { nil }
    }
}
