/// Makes a `Decodable` value of a form or a query: the properties are the names.
///
///     struct Search: Decodable { let q: String; let page: Int?; let tag: [String]; let exact: Bool }
///     let search = try FormDecoder().decode(Search.self, from: values)
///
/// * A property that is no array takes the first value of its name, an array all of them: none is `[]`.
/// * An optional is nil if there is no value, or, where it is no text, an empty one: what browsers send for a field that
///   was left empty.
/// * A `Bool` is false if there is no value: a box that is not ticked sends none.
/// * Types that are ``FormConvertible`` say what they expect; of an enumeration that is `CaseIterable`, the cases are said.
/// * `URL` is `Decodable` in a way that only JSON's decoder knows: make it ``FormConvertible``.
/// * A form is flat: a property that has properties of its own is the mistake of the type.
public struct FormDecoder: Sendable {
    public init() {}

    /// - Throws: which value is wrong, what was expected, and what came.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self,
        from values: MultiValues
    ) throws(ValueFault) -> Value {
        do {
            return try Value(from: FormValuesDecoder(values: values))
        } catch let fault as ValueFault {
            throw fault
        } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context)
        {
            throw Self.fault(context, values)
        } catch {
            throw ValueFault(name: "", value: nil, expected: "of type \(type)", problem: "\(error)")
        }
    }

    /// What a type of the application has said.
    private static func fault(_ context: DecodingError.Context, _ values: MultiValues) -> ValueFault {
        let name = context.codingPath.first?.stringValue ?? ""
        return ValueFault(
            name: name,
            value: values[name],
            expected: "something else",
            problem: context.debugDescription
        )
    }
}

/// The whole of the form.
struct FormValuesDecoder: Decoder {
    let values: MultiValues

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(FormKeyedContainer(values: values))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw FormShape.fault([], "A form is no array: decode a type with properties.")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw FormShape.fault([], "A form is no single value: decode a type with properties.")
    }
}

enum FormShape {
    static func fault(_ path: [any CodingKey], _ text: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path, debugDescription: text))
    }

    /// What a type is read from, within a sentence.
    static func expectation(of type: Any.Type) -> String {
        if let type = type as? any FormConvertible.Type { return type.formExpectation }
        if let type = type as? any (RawRepresentable & CaseIterable).Type { return cases(of: type) }
        return "of type \(type)"
    }

    private static func cases<Value: RawRepresentable & CaseIterable>(of type: Value.Type) -> String {
        "one of " + type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }

    /// A text as a type: by its own rule, or by what `Decodable` makes of a single value.
    static func value<Value: Decodable>(
        _ type: Value.Type,
        _ text: String,
        path: [any CodingKey]
    ) throws -> Value {
        let name = path.first?.stringValue ?? ""
        if let convertible = type as? any FormConvertible.Type {
            guard let value = convertible.init(formText: text) as? Value else {
                throw ValueFault(name: name, value: text, expected: convertible.formExpectation)
            }
            return value
        }
        do {
            return try Value(from: FormTextDecoder(text: text, codingPath: path))
        } catch DecodingError.dataCorrupted(let context) where context.debugDescription != nested {
            throw ValueFault(name: name, value: text, expected: expectation(of: type))
        }
    }

    /// What is said where a type asks for what a form cannot have.
    static let nested = "A form is flat: its values have no values of their own."
}
