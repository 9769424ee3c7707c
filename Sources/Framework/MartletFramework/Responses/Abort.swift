public import HTTPTypes
public import MartletGateway

/// Ends a request with a status: `throw Abort(.notFound, "There is no user 7.")`
public struct Abort: ResponseError, CustomStringConvertible {
    public let status: HTTPResponse.Status
    /// A sentence for the client; by default the name of the status.
    public let reason: String?
    /// Fields of the answer, `Retry-After` for example.
    public let headers: Headers

    public init(_ status: HTTPResponse.Status, _ reason: String? = nil, headers: Headers = Headers()) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    public var response: Response {
        var response = Response.plain(status, (reason ?? status.usualReason) + "\n")
        for (name, value) in headers.pairs { response.headers.append(name, value) }
        return response
    }

    public var description: String {
        "\(status.code) \(reason ?? status.usualReason)"
    }
}
