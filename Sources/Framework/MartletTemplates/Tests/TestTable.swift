/// All tests, by name.
enum TestTable {
    /// The value, the arguments, and the environment with its filters and other tests.
    typealias Test = @Sendable (TemplateValue, TemplateArguments, TemplateEngine) throws -> Bool

    static let tests: [String: Test] = [
        // What a value is.
        "boolean": { value, _, _ in value.typeName == "bool" },
        "callable": { value, _, _ in isCallable(value) },
        "defined": { value, _, _ in !value.isUndefined },
        "escaped": { value, _, _ in value.isHTML },
        "false": { value, _, _ in Comparison.isIdentical(value, .bool(false)) },
        "float": { value, _, _ in value.typeName == "float" },
        "integer": { value, _, _ in value.typeName == "int" },
        "iterable": { value, _, _ in try Iteration.elementsIfAny(of: value) != nil },
        "mapping": { value, _, _ in value.mapping != nil },
        "none": { value, _, _ in Comparison.isIdentical(value, .none) },
        "number": { value, _, _ in Arithmetic.number(value) != nil },
        "sequence": { value, _, _ in isSequence(value) },
        "string": { value, _, _ in value.string != nil },
        "true": { value, _, _ in Comparison.isIdentical(value, .bool(true)) },
        "undefined": { value, _, _ in value.isUndefined },
        // Texts and numbers.
        "divisibleby": { value, arguments, _ in
            Comparison.isEqual(try Arithmetic.apply(.modulo, value, try arguments.required(0, "num")), .int(0))
        },
        "even": { value, _, _ in Comparison.isEqual(try Arithmetic.apply(.modulo, value, .int(2)), .int(0)) },
        "lower": { value, _, _ in StringOperations.isAll(ValueText.str(value), lower: true) },
        "odd": { value, _, _ in Comparison.isEqual(try Arithmetic.apply(.modulo, value, .int(2)), .int(1)) },
        "upper": { value, _, _ in StringOperations.isAll(ValueText.str(value), lower: false) },
        // The environment.
        "filter": { value, _, engine in value.string.map { engine.tables.filters[$0] != nil } ?? false },
        "test": { value, _, engine in value.string.map { engine.tables.tests[$0] != nil } ?? false },
        // Comparisons.
        "in": { value, arguments, _ in try Comparison.contains(try arguments.required(0, "seq"), value) },
        "sameas": { value, arguments, _ in Comparison.isIdentical(value, try arguments.required(0, "other")) },
        "==": comparison(.equal),
        "eq": comparison(.equal),
        "equalto": comparison(.equal),
        "!=": comparison(.notEqual),
        "ne": comparison(.notEqual),
        "<": comparison(.less),
        "lt": comparison(.less),
        "lessthan": comparison(.less),
        "<=": comparison(.lessOrEqual),
        "le": comparison(.lessOrEqual),
        ">": comparison(.greater),
        "gt": comparison(.greater),
        "greaterthan": comparison(.greater),
        ">=": comparison(.greaterOrEqual),
        "ge": comparison(.greaterOrEqual),
    ]

    private static func comparison(_ sign: ComparisonSign) -> Test {
        { value, arguments, _ in try ComparisonNode.holds(value, sign, try arguments.required(0, "other")) }
    }

    private static func isCallable(_ value: TemplateValue) -> Bool {
        switch value {
        case .function, .undefined: true
        case .object(let object): object.isCallable
        default: false
        }
    }

    private static func isSequence(_ value: TemplateValue) -> Bool {
        switch value {
        case .string, .safe, .array, .list, .tuple, .dictionary, .map, .undefined: true
        case .object(let object): object is RangeObject || object is GroupObject
        default: false
        }
    }
}
