internal import FoundationEssentials
internal import HTTPTypes
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
            throw Abort(.badRequest, JSONCoding.sentence(error))
        }
    }

    /// The body, read as text.
    ///
    /// - Throws: 400 if it is not UTF-8, 413 above the limit.
    public func text(upTo limit: Int = 1_048_576) async throws -> String {
        let bytes = try await body.collect(upTo: limit)
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw Abort(.badRequest, "The request body is not valid UTF-8.")
        }
        return text
    }

    /// The values of a form that was sent as `application/x-www-form-urlencoded`.
    ///
    /// - Parameters:
    ///   - limit: in bytes; Flask's MAX_FORM_MEMORY_SIZE.
    ///   - count: the number of values; Flask's MAX_FORM_PARTS.
    /// - Throws: 415 if the content type is another one, 413 above one of the limits.
    public func form(upTo limit: Int = 500_000, count: Int = 1000) async throws -> FormValues {
        guard mediaType == "application/x-www-form-urlencoded" else {
            throw unsupported("application/x-www-form-urlencoded")
        }
        let bytes = try await body.collect(upTo: limit)
        do {
            return try FormValues(urlEncoded: bytes.readableBytesView, limit: count)
        } catch {
            throw Abort(.contentTooLarge, "The form has more than \(count) values.")
        }
    }

    /// The content type in lower case, without its parameters.
    private var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first.map { type in
            type.lowercased().filter { $0 != " " && $0 != "\t" }
        }
    }

    private func unsupported(_ wanted: String) -> Abort {
        let given = mediaType.map { ", not \($0)" } ?? "; the request has no Content-Type"
        return Abort(.unsupportedMediaType, "The body must be sent as \(wanted)\(given).")
    }
}
