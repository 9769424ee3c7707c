internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// What every server does with an answer before it is sent (the rules of ``Application``).
struct ResponseRules {
    let status: HTTPResponse.Status
    let headers: Headers
    let body: Response.Body
    /// Whether any of the body is sent.
    let hasBody: Bool

    /// The fields that are the server's (RFC 9110 section 7.6.1).
    static let connectionFields: [HTTPField.Name] = [.contentLength, .connection, .transferEncoding, .te, .trailer]

    init(_ given: Response, to method: HTTPRequest.Method) {
        var response = given
        var isUpgrade = false
        if case .upgrade = response.body { isUpgrade = true }
        if response.headers.fault != nil || !((200...999).contains(response.status.code) || isUpgrade) {
            response = Self.internalError
            isUpgrade = false
        }
        let announced = Self.length(response.headers)
        for name in Self.connectionFields { response.headers.remove(name) }
        if !isUpgrade { response.headers.remove(.upgrade) }
        var body = response.body
        var length: Int?
        switch (response.status.code, body) {
        case (_, .upgrade), (204, _): break
        case (205, _): length = 0
        case (304, _): length = announced
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
        hasBody = isUpgrade || !(method == .head || [204, 205, 304].contains(status.code))
    }

    /// The application's own Content-Length, where it is one number.
    private static func length(_ headers: Headers) -> Int? {
        let values = headers.values(for: .contentLength)
        guard values.count == 1, let text = values.first, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return nil
        }
        return Int(text)
    }

    /// The answer to an error that was thrown before the head was sent.
    static func response(to error: any Error) -> Response {
        guard let response = (error as? any ResponseError)?.response else { return internalError }
        switch response.body {
        case .stream, .upgrade: return internalError
        case .empty, .bytes, .file: return response
        }
    }

    private static let internalError = Response.plain(.internalServerError, "Internal Server Error\n")
}
