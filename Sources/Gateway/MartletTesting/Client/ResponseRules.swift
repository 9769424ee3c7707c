internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// What every server does with an answer before it is sent (the rules of ``Application``).
struct ResponseRules {
    let status: HTTPResponse.Status
    let headers: Headers
    /// Empty where there must be no body.
    let body: Response.Body

    /// The fields that are the server's.
    static let framing: [HTTPField.Name] = [.contentLength, .transferEncoding, .connection]

    init(_ response: Response, to method: HTTPRequest.Method) {
        var response = response
        if let fault = response.headers.fault { response = .plain(.internalServerError, "\(fault)\n") }
        let announced = response.headers[.contentLength]
        var isUpgrade = false
        if case .upgrade = response.body { isUpgrade = true }
        for name in Self.framing where !(isUpgrade && name == .connection) { response.headers.remove(name) }
        status = response.status
        let isBodyless = status.code == 204 || status.code == 304 || (status.code < 200 && !isUpgrade)
        if !isBodyless, !isUpgrade {
            switch response.body {
            // An application that answers HEAD itself says how long the body would have been.
            case .empty: response.headers[.contentLength] = method == .head ? announced ?? "0" : "0"
            case .bytes(let bytes): response.headers[.contentLength] = String(bytes.readableBytes)
            case .file(let file): response.headers[.contentLength] = String(file.length)
            case .stream(let length, _): response.headers[.contentLength] = length.map(String.init)
            case .upgrade: break
            }
        }
        headers = response.headers
        body = isBodyless || method == .head ? .empty : response.body
    }

    /// The answer to an error that was thrown before the head was sent.
    static func response(to error: any Error) -> Response {
        (error as? any ResponseError)?.response ?? .plain(.internalServerError, "Internal Server Error\n")
    }
}
