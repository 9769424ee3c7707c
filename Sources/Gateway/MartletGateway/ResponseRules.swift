package import HTTPTypes
internal import MartletBytes
internal import NIOCore

/// What every server does with an answer before it is sent (the rules of ``Application``): for servers that have no hot path.
package struct ResponseRules {
    package let status: HTTPResponse.Status
    package let headers: Headers
    package let body: Response.Body
    /// Whether a body is sent.
    package let hasBody: Bool

    package init(_ given: Response, to method: HTTPRequest.Method) {
        var response = given
        var isUpgrade = false
        if case .upgrade = response.body { isUpgrade = true }
        if response.headers.fault != nil || !((200...999).contains(response.status.code) || isUpgrade) {
            response = Self.internalError
            isUpgrade = false
        }
        let announced = response.headers.announcedLength
        // 426 says what to upgrade to (RFC 9110 section 15.5.22).
        response.headers.removeConnectionFields(keepsUpgrade: isUpgrade || response.status.code == 426)
        response.headers.remove(.contentLength)
        let rule = ContentRule(status: response.status.code)
        var body = response.body
        var length: Int?
        switch (rule, body) {
        case (_, .upgrade), (.never, _): break
        case (.empty, _): length = 0
        case (.notModified, _): length = announced
        // An application that answers HEAD itself says how long the body would have been.
        case (_, .empty): length = method == .head ? announced : 0
        case (_, .bytes(let bytes)): length = bytes.readableBytes
        case (_, .file(let file)): length = file.length
        case (_, .stream(let given, let write)):
            length = given ?? announced
            body = .stream(length: length, write)
        }
        if let length { response.headers[.contentLength] = String(length) }
        status = response.status
        headers = response.headers
        self.body = body
        hasBody = isUpgrade || (method != .head && rule.allowsContent)
    }

    /// The answer to an error that was thrown before the head was sent.
    package static func response(to error: any Error) -> Response {
        guard let response = (error as? any ResponseError)?.response else { return internalError }
        switch response.body {
        case .stream, .upgrade: return internalError
        case .empty, .bytes, .file: return response
        }
    }

    private static let internalError = Response.plain(.internalServerError, "Internal Server Error\n")
}
