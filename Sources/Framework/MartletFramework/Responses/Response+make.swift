public import HTTPTypes
public import MartletGateway

extension Response {
    /// Redirects the client.
    ///
    /// - Parameters:
    ///   - location: a URL or a path. Percent-encode what comes from a client.
    ///   - status: 302 by default, as in Flask; 303 after a form, 308 if permanent.
    public static func redirect(to location: String, status: HTTPResponse.Status = .found) -> Response {
        Response(status: status, headers: Headers([(.location, location)]))
    }

    /// A streamed body. Each write is sent at once, and suspends while the client is slower.
    public static func stream(
        contentType: String = "text/plain; charset=utf-8",
        length: Int? = nil,
        _ body: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> Response {
        Response(headers: Headers([(.contentType, contentType)]), body: .stream(length: length, body))
    }
}
