public import HTTPTypes
public import MartletGateway

/// Ends a request with a status: `throw Abort(.notFound, "There is no user 7.")`
public struct Abort: ResponseError, CustomStringConvertible {
    public let status: HTTPResponse.Status
    /// A sentence for the client; by default the name of the status.
    public let reason: String?
    /// Fields of the answer, `Retry-After` for example.
    public let headers: Headers
    /// Where it was made, for the page of development.
    let file: StaticString
    let line: UInt

    public init(
        _ status: HTTPResponse.Status,
        _ reason: String? = nil,
        headers: Headers = Headers(),
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.file = file
        self.line = line
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
