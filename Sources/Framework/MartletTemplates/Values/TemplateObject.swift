/// Something that the program gives to templates and that says itself, when it is asked, what attributes it has: a row that
/// loads what belongs to it, the session, a form.
public protocol TemplateObject: AnyObject, Sendable {
    /// What messages call it.
    var typeName: String { get }
    var isTrue: Bool { get }
    /// What `{{ object }}` prints, before it is escaped.
    var text: String { get }
    /// Whether `text` is HTML already.
    var isSafe: Bool { get }

    /// `object.name`. Nothing when there is no such attribute.
    func attribute(_ name: String) throws -> TemplateValue?
    /// `object[key]`. Nothing when there is no such element; then the attribute of that name is looked for.
    func element(_ key: TemplateValue) throws -> TemplateValue?
    /// What a loop runs over. Nothing when it cannot.
    func elements() throws -> [TemplateValue]?
    /// `object(…)`. Nothing when it cannot be called.
    func call(_ arguments: TemplateArguments) throws -> TemplateValue?
    /// The names for "did you mean".
    var attributeNames: [String] { get }
    var isCallable: Bool { get }
}

extension TemplateObject {
    public var typeName: String { String(describing: Self.self) }
    public var isTrue: Bool { true }
    public var text: String { "<\(typeName)>" }
    public var isSafe: Bool { false }
    public func attribute(_ name: String) throws -> TemplateValue? { nil }
    public func element(_ key: TemplateValue) throws -> TemplateValue? { nil }
    public func elements() throws -> [TemplateValue]? { nil }
    public func call(_ arguments: TemplateArguments) throws -> TemplateValue? { nil }
    public var attributeNames: [String] { [] }
    public var isCallable: Bool { false }
}
