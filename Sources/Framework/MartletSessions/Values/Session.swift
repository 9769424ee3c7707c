/// What the server remembers of a person between requests.
///
///     session["user"] = 7
///     let user = session["user", as: Int.self]
public struct Session: Sendable, Hashable {
    public private(set) var values: [String: SessionValue]
    /// Whether it began with this request.
    public let isNew: Bool
    /// Whether it has to be written.
    public private(set) var isModified = false
    /// Whether it outlives the browser, until its lifetime ends.
    public var isPermanent: Bool {
        get { self[Self.permanentKey, as: Bool.self] ?? false }
        set { self[Self.permanentKey] = newValue ? true : nil }
    }

    /// Where a store has it; nil for a session in a cookie and for one that was never stored.
    package internal(set) var id: SessionID?
    /// Ids under which it must not be found any more.
    package private(set) var formerIDs: [SessionID] = []

    /// Names that begin with an underscore are kept for the framework.
    static let permanentKey = "_permanent"

    public init() {
        values = [:]
        isNew = true
    }

    package init(values: [String: SessionValue], id: SessionID? = nil) {
        self.values = values
        self.id = id
        isNew = false
    }

    /// A value; nil if there is none. Setting it to what it is changes nothing.
    public subscript(name: String) -> SessionValue? {
        get { values[name] }
        set {
            guard values[name] != newValue else { return }
            values[name] = newValue
            isModified = true
        }
    }

    /// A value as a type; nil if there is none, or one of another type.
    public subscript<Value: SessionConvertible>(name: String, as type: Value.Type) -> Value? {
        get { values[name].flatMap(Value.init) }
        set { self[name] = newValue?.sessionValue }
    }

    /// Takes a value out.
    public mutating func remove(_ name: String) -> SessionValue? {
        defer { self[name] = nil }
        return values[name]
    }

    /// Forgets everything: at a logout.
    public mutating func clear() {
        guard !values.isEmpty else { return }
        values = [:]
        isModified = true
        regenerate()
    }

    /// Gives the session another id, and forgets the former one: at a login, so that an id which somebody has put into a
    /// person's browser before is worth nothing after it. A session in a cookie has none.
    public mutating func regenerate() {
        if let id { formerIDs.append(id) }
        id = nil
        isModified = true
    }

    public var isEmpty: Bool { values.isEmpty }
}
