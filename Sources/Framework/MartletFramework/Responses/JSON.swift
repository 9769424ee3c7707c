internal import FoundationEssentials
internal import HTTPTypes
public import MartletGateway
internal import NIOCore

/// A value that is sent as JSON, with sorted keys as in Flask, so that equal values give equal bytes.
public struct JSON<Value: Encodable & Sendable>: ResponseConvertible, Sendable {
    public let value: Value

    public init(_ value: Value) { self.value = value }

    /// - Throws: `EncodingError`; 404 for an optional that is nil.
    public func response(to request: Request) throws -> Response {
        if let optional = value as? any OptionalValue, optional.isNil { throw Abort(.notFound) }
        return Response(
            headers: JSONCoding.headers,
            body: .bytes(ByteBuffer(bytes: try JSONCoding.encoder.encode(value)))
        )
    }
}

private protocol OptionalValue {
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate var isNil: Bool { self == nil }
}

/// The encoder and decoder.
enum JSONCoding {
    static let headers = Headers([(.contentType, "application/json")])

    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// Explains what is wrong with a body.
    static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing."
        case .valueNotFound(let type, let context): "\(place(context.codingPath)) is null; it must be \(name(type))."
        case .typeMismatch(let type, let context): "\(place(context.codingPath)) must be \(name(type))."
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "The request body is not valid JSON."
        case .dataCorrupted(let context): "\(place(context.codingPath)) is not valid: \(context.debugDescription)"
        @unknown default: "The request body is not the JSON that is expected here."
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "The JSON value" }
        let text = path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return "`\(text)`"
    }

    private static func name(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any JSONArray.Type: "an array"
        case is any JSONObject.Type: "an object"
        default: "of another kind"
        }
    }
}

private protocol JSONArray {}
extension Array: JSONArray {}
private protocol JSONObject {}
extension Dictionary: JSONObject {}
