/// A value that a template works with. What it prints, compares and computes follows Python, as Jinja does.
///
/// Literals make values: `["name": "Ada", "age": 36, "tags": ["a", "b"]]`. ``init(encoding:)`` makes one of anything that is
/// `Encodable`.
public enum TemplateValue: Sendable {
    /// A name or an attribute that is not there: prints nothing, counts as false, and is an error when more is wanted of it.
    case undefined(TemplateUndefined)
    case none
    case bool(Bool)
    /// 64 bits; what does not fit is an error of the template, where Python's integers would grow.
    case int(Int)
    case double(Double)
    /// Text that is escaped when it is printed.
    case string(String)
    /// Text that is HTML already and is printed as it is: markupsafe's `Markup`.
    case safe(String)
    /// A list that templates cannot change, since several may be reading it at a time.
    case array([TemplateValue])
    case tuple([TemplateValue])
    case dictionary(TemplateDictionary)
    /// A list that a template has made: it may be appended to, and who has it sees that.
    case list(TemplateList)
    /// A dictionary that a template has made.
    case map(TemplateMap)
    /// Something to call: macros, callers, functions of the program, methods of values.
    case function(TemplateFunction)
    /// Anything else, which says itself what attributes it has.
    case object(any TemplateObject)

    /// Nothing at all: what a name without a value has.
    public static var undefined: TemplateValue { .undefined(.missing) }
}

extension TemplateValue: CustomStringConvertible {
    /// What `{{ value }}` prints, before it is escaped.
    public var description: String { ValueText.str(self) }
}

extension TemplateValue {
    /// Python's truth: empty texts and collections, zero, `none` and what is undefined are false.
    public var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let text), .safe(let text): !text.isEmpty
        case .array(let elements), .tuple(let elements): !elements.isEmpty
        case .dictionary(let dictionary): dictionary.count > 0
        case .list(let list): !list.elements.isEmpty
        case .map(let map): map.dictionary.count > 0
        case .function: true
        case .object(let object): object.isTrue
        }
    }

    public var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    /// The name of the type in Python, which messages use: people know these from Flask.
    public var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "None"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string, .safe: "str"
        case .array, .list: "list"
        case .tuple: "tuple"
        case .dictionary, .map: "dict"
        case .function: "function"
        case .object(let object): object.typeName
        }
    }

    /// The text of a string, safe or not.
    public var string: String? {
        switch self {
        case .string(let text), .safe(let text): text
        default: nil
        }
    }

    /// What a list or a tuple holds.
    public var sequence: [TemplateValue]? {
        switch self {
        case .array(let elements), .tuple(let elements): elements
        case .list(let list): list.elements
        default: nil
        }
    }

    public var mapping: TemplateDictionary? {
        switch self {
        case .dictionary(let dictionary): dictionary
        case .map(let map): map.dictionary
        default: nil
        }
    }

    /// An integer, and what Python counts as one.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }
}
