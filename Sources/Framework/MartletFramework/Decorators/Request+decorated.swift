public import HTTPTypes
public import MartletGateway

extension Request {
    /// The path of a decorated route on this server: with the prefix of its blueprint, and what the app is mounted under.
    public func url(_ path: URLPath) -> String {
        let inApp = place?.site.names.load()?.path(of: path) ?? path.description
        return URLText.encode(mountPath.utf8, keepingSlash: true) + inApp
    }

    /// Redirects the client to a decorated route: `request.redirect(user(id: 7))`.
    ///
    /// - Parameter status: 302 by default, as in Flask; 303 after a form, 308 if permanent.
    public func redirect(_ path: URLPath, status: HTTPResponse.Status = .found) -> Response {
        .redirect(to: url(path), status: status)
    }
}

extension App {
    /// The path of a decorated route, with the prefix of its blueprint.
    ///
    /// - Parameter mountPath: `mountPath` of the current request, if the app may be mounted below a prefix.
    /// - Throws: ``RegistrationError``.
    public func url(_ path: URLPath, mountPath: String = "") throws -> String {
        try URLText.encode(mountPath.utf8, keepingSlash: true) + current().names.path(of: path)
    }
}
