internal import FoundationEssentials
internal import HTTPTypes
public import MartletForms
public import MartletGateway
internal import NIOCore

extension Request {
    /// The body, decoded from JSON.
    ///
    /// - Parameter limit: in bytes; 1 MB, as in Fastify.
    /// - Throws: 415 if the content type is not JSON, 400 with an explanation if the body does not match, 413 above the
    ///   limit.
    public func json<Value: Decodable>(as type: Value.Type, upTo limit: Int = 1_048_576) async throws -> Value {
        guard let mediaType, mediaType == "application/json" || mediaType.hasSuffix("+json") else {
            throw unsupported("application/json")
        }
        let bytes = try await body.collect(upTo: limit)
        do {
            return try JSONCoding.decoder.decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw RequestFault(status: 400, description: JSONCoding.sentence(error))
        }
    }

    /// The body, read as text.
    ///
    /// - Throws: 400 if it is not UTF-8, 413 above the limit.
    public func text(upTo limit: Int = 1_048_576) async throws -> String {
        let bytes = try await body.collect(upTo: limit)
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw RequestFault(status: 400, description: "The request body is not valid UTF-8.")
        }
        return text
    }

    /// The form that was sent, as `application/x-www-form-urlencoded` or `multipart/form-data`.
    ///
    /// - Throws: 415 if it is neither, 413 above a limit, 400 with what is wrong with it.
    public func form(_ limits: FormLimits = FormLimits()) async throws -> Form {
        var receiver = try FormReceiver(contentType: headers[.contentType], limits: limits)
        if let limit = limits.body, let length = body.knownLength, length > limit {
            throw FormFault.bodyTooLong(limit: limit)
        }
        for try await chunk in body { try await receiver.receive(chunk) }
        let form = try receiver.finish()
        storage[FormNames.Key.self]?.note(form)
        return form
    }

    /// The body as a value: of JSON or of a form, whichever it says it is.
    ///
    /// - Throws: 415 if it is neither; what ``json(as:upTo:)`` and ``form(_:)`` throw.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        switch mediaType {
        case "application/x-www-form-urlencoded", "multipart/form-data": return try await form().decode(type)
        case let type? where type == "application/json" || type.hasSuffix("+json"): break
        default: throw unsupported("application/json or as a form")
        }
        return try await json(as: type)
    }

    /// The content type in lower case, without its parameters.
    private var mediaType: String? { headers[.contentType].flatMap { MediaType($0) }?.essence }

    private func unsupported(_ wanted: String) -> RequestFault {
        let given = mediaType.map { ", not \($0)" } ?? "; the request has no Content-Type"
        return RequestFault(status: 415, description: "The body must be sent as \(wanted)\(given).")
    }
}
