/// Typed values that travel with a request. A key is a type, never a string.
public struct RequestStorage: Sendable {
    /// The name of a value: `enum CurrentUser: RequestStorage.Key { typealias Value = User }`.
    public protocol Key {
        associatedtype Value: Sendable
    }

    private var values: [ObjectIdentifier: any Sendable]?
    /// What answers, as the application that has found it knows it: a slot of its own, since a table for each request would cost more.
    package var place: (any AnyObject & Sendable)?

    package init() {}

    public subscript<K: Key>(key: K.Type) -> K.Value? {
        get { values?[ObjectIdentifier(key)] as? K.Value }
        set {
            if values == nil { values = [:] }
            values?[ObjectIdentifier(key)] = newValue
        }
    }
}
