public import HTTPTypes
internal import MartletBytes
public import MartletGateway
internal import NIOCore

/// What a handler may return.
///
/// | Value | Answer |
/// |---|---|
/// | `String` | `text/plain; charset=utf-8` |
/// | ``HTML`` | `text/html; charset=utf-8` |
/// | ``JSON``, or anything `Encodable` | `application/json` |
/// | `HTTPResponse.Status` | that status, with its name as text |
/// | an `Optional` | 404 for nil |
/// | `Response` | itself |
public protocol ResponseConvertible: SendableMetatype {
    /// - Throws: an error to answer instead, such as an `EncodingError`.
    func response(to request: Request) throws -> Response
}

extension Response: ResponseConvertible {
    public func response(to request: Request) -> Response { self }
}

extension String: ResponseConvertible {
    public func response(to request: Request) -> Response { .plain(.ok, self) }
}

extension HTTPResponse.Status: ResponseConvertible {
    /// The reason phrase as text; nothing if the status allows no body.
    public func response(to request: Request) -> Response {
        ContentRule(status: code).allowsContent ? .plain(self, usualReason + "\n") : Response(status: self)
    }
}

extension Optional: ResponseConvertible where Wrapped: ResponseConvertible {
    public func response(to request: Request) throws -> Response {
        guard let self else { throw Abort(.notFound) }
        return try self.response(to: request)
    }
}
