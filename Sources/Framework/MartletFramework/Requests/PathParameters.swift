internal import HTTPTypes
internal import MartletBytes
public import MartletGateway

/// The values that a route took from the path, by the names of its pattern.
public struct PathParameters: Sendable {
    let names: [String]
    let values: [String]

    /// The text of a parameter, percent-decoded; nil if the pattern has none of that name.
    public subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }

    /// A parameter as another type.
    ///
    /// - Throws: 404 if the type rejects the text; ``UnknownParameter`` if the pattern has no such parameter.
    public func require<Value: PathConvertible>(_ name: String, as type: Value.Type = String.self) throws -> Value {
        guard let text = self[name] else { throw UnknownParameter(name: name, known: names) }
        guard let value = Value(pathParameter: text) else { throw Abort(.notFound) }
        return value
    }

    enum Key: RequestStorage.Key {
        typealias Value = PathParameters
    }

    func stored(in request: Request) -> Request {
        guard !names.isEmpty else { return request }
        var request = request
        request.storage[Key.self] = self
        return request
    }

    var reader: Reader { Reader(values: values[...]) }

    struct Reader {
        var values: ArraySlice<String>

        /// The next value. The router has accepted it already, so 404 is only for types that are inconsistent.
        mutating func next<Value: PathConvertible>(_ type: Value.Type) throws -> Value {
            guard let text = values.popFirst(), let value = Value(pathParameter: text) else { throw Abort(.notFound) }
            return value
        }
    }
}

/// A handler asked for a path parameter that its pattern does not have.
public struct UnknownParameter: Error, CustomStringConvertible {
    let name: String
    let known: [String]

    public var description: String {
        let hint = NearMatch.closest(to: name, among: known).map { " Did you mean `\($0)`?" } ?? ""
        return "The route has no parameter `\(name)`.\(hint)"
            + (known.isEmpty ? " Its pattern has none at all." : " It has: \(known.joined(separator: ", ")).")
    }
}

extension Request {
    /// What the route took from the path.
    public var parameters: PathParameters {
        storage[PathParameters.Key.self] ?? PathParameters(names: [], values: [])
    }
}
