internal import HTTPTypes
public import MartletForms
public import MartletGateway

extension ResponseConvertible where Self: Sendable {
    /// This answer with a cookie: `HTML("…").cookie(SetCookie("theme", "dark", maxAge: 86_400))`. Where the request came over https, it
    /// is sent back over https only.
    public func cookie(_ cookie: SetCookie) -> ModifiedResponse {
        ModifiedResponse { request in
            var response = try self.response(to: request)
            try response.setCookie(cookie, for: request)
            return response
        }
    }

    /// This answer with the end of a cookie. Name, path and domain have to be those that it was set with.
    public func deletingCookie(_ name: String, path: String? = "/", domain: String? = nil) -> ModifiedResponse {
        cookie(.deleting(name, path: path, domain: domain))
    }
}

extension Response {
    /// Sets a cookie.
    ///
    /// - Throws: `CookieFault` with what browsers would drop it for.
    public mutating func setCookie(_ cookie: SetCookie, for request: Request) throws {
        headers.append(.setCookie, try cookie.fieldValue(isSecure: request.scheme == "https"))
    }
}
