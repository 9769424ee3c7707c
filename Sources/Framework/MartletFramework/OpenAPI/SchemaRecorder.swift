/// Finds the JSON Schema of types by decoding them from nothing: a type that is `Decodable` asks for its properties by name and type,
/// and gets samples.
///
/// 1. What has a known form (``SchemaShape``) and enums with raw values that are `CaseIterable` are not decoded.
/// 2. What asks for keys becomes a component, named after the type, and is referred to; so a type may contain itself, in an array or an
///    optional.
/// 3. A type that refuses its samples ends the recording: what was seen until then is in the schema, which says so.
/// 4. A type that is not `Decodable` may be anything.
final class SchemaRecorder {
    private(set) var components: [String: OpenAPIValue] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var depth = 0
    private var steps = 0

    /// Types within types; JSONDecoder stops at 512, and nobody reads that.
    private static let deepest = 64
    /// Properties in all: beyond that something grows without end.
    private static let mostSteps = 100_000
    /// Of an enum, more cases than a person would list.
    private static let mostCases = 1_000

    struct NoSample: Error, CustomStringConvertible {
        let description: String
    }

    func schema(of type: Any.Type) -> OpenAPIValue {
        if let shape = type as? any SchemaShape.Type { return shape.schema(self) }
        if let cases = Self.cases(of: type) { return cases.schema }
        guard let decodable = type as? any Decodable.Type else { return [:] }
        let identifier = ObjectIdentifier(type)
        if let name = names[identifier] { return Self.reference(to: name) }
        let name = unusedName(for: type)
        names[identifier] = name
        // Taken before the type is looked into, since it may contain another of the same name.
        components[name] = [:]
        let decoder = SchemaDecoder(self)
        var fault: String?
        do {
            _ = try decode(decodable, from: decoder)
        } catch {
            fault = "\(error)"
        }
        if decoder.isKeyed {
            components[name] = decoder.schema(fault: fault)
            return Self.reference(to: name)
        }
        names[identifier] = nil
        components[name] = nil
        return decoder.schema(fault: fault)
    }

    /// A value of a type that is the property of another.
    ///
    /// - Throws: ``NoSample``; what the type throws that refuses its own samples.
    func sample<Value: Decodable>(of type: Value.Type) throws -> Value {
        if let shape = type as? any SchemaShape.Type, let sample = shape.sample as? Value { return sample }
        if let sample = Self.cases(of: type)?.first as? Value { return sample }
        do {
            return try decode(type, from: SchemaDecoder(self))
        } catch let fault as NoSample {
            throw fault
        } catch {
            throw NoSample(
                description: "\(type) cannot be made from samples; an enum has to be CaseIterable for that."
            )
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from decoder: SchemaDecoder) throws -> Value {
        steps += 1
        guard depth < Self.deepest, steps < Self.mostSteps else {
            throw NoSample(description: "\(type) contains itself without end.")
        }
        depth += 1
        defer { depth -= 1 }
        return try type.init(from: decoder)
    }

    private static func reference(to name: String) -> OpenAPIValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// `User`, or with its module if there is another one: of the characters that a component may have (OpenAPI 3.1 section 4.8.7).
    private func unusedName(for type: Any.Type) -> String {
        for text in ["\(type)", String(reflecting: type)] {
            let name = String(
                text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_") ? $0 : "_" }
            )
            if components[name] == nil { return name }
        }
        return "Type\(components.count)"
    }

    private static func cases(of type: Any.Type) -> (schema: OpenAPIValue, first: Any?)? {
        guard let enumeration = type as? any (CaseIterable & RawRepresentable).Type else { return nil }
        func open<Cases: CaseIterable & RawRepresentable>(_ type: Cases.Type) -> (schema: OpenAPIValue, first: Any?)? {
            let values = type.allCases.prefix(mostCases)
            let texts = values.compactMap { $0.rawValue as? String }
            let numbers = values.compactMap { ($0.rawValue as? any BinaryInteger).flatMap { Int(exactly: $0) } }
            if texts.count == values.count {
                return (["type": "string", "enum": .array(texts.map { .string($0) })], values.first)
            }
            guard numbers.count == values.count else { return nil }
            return (["type": "integer", "enum": .array(numbers.map { .int($0) })], values.first)
        }
        return open(enumeration)
    }
}
