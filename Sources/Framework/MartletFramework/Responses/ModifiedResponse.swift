public import HTTPTypes
public import MartletGateway

/// An answer with another status or more fields: `JSON(user).status(.created).header(.location, "/users/7")`.
public struct ModifiedResponse: ResponseConvertible, Sendable {
    let make: @Sendable (Request) throws -> Response
    var status: HTTPResponse.Status?
    var fields: [(name: HTTPField.Name, value: String)] = []

    public func response(to request: Request) throws -> Response {
        var response = try make(request)
        if let status { response.status = status }
        for (name, value) in fields {
            // Each cookie needs a line of its own (RFC 6265 section 3).
            if name == .setCookie { response.headers.append(name, value) } else { response.headers[name] = value }
        }
        return response
    }
}

extension ResponseConvertible where Self: Sendable {
    /// This answer with another status.
    public func status(_ status: HTTPResponse.Status) -> ModifiedResponse {
        var modified = modified
        modified.status = status
        return modified
    }

    /// This answer with a field set. An earlier value is replaced; `Set-Cookie` is added.
    public func header(_ name: HTTPField.Name, _ value: String) -> ModifiedResponse {
        var modified = modified
        modified.fields.append((name, value))
        return modified
    }

    private var modified: ModifiedResponse {
        (self as? ModifiedResponse) ?? ModifiedResponse { try response(to: $0) }
    }
}
