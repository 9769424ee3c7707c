public import HTTPTypes
public import MartletGateway

extension Request {
    /// The URL of a named route of the app that answers: `request.url(for: "user", ["id": 7])`. Values that are not in the pattern become
    /// the query.
    ///
    /// It knows where the app is mounted, the host of the request, and the blueprint: `.index` is the `index` of the same one. A route of
    /// another host gets a URL with scheme and host.
    ///
    /// - Parameters:
    ///   - anchor: what follows the `#`; Flask's `_anchor`.
    ///   - external: with scheme and host, for mails and feeds; Flask's `_external`. The host is what the client has addressed: a server that
    ///     does not check names lets the client choose it.
    /// - Throws: ``URLBuildingError``.
    public func url(
        for name: String,
        _ values: [String: any PathConvertible] = [:],
        anchor: String? = nil,
        external: Bool = false
    ) throws -> String {
        guard let names = place?.site.names.load() else {
            throw URLBuildingError(description: "This request is not answered by an app, so that no route has a name.")
        }
        return try names.url(for: name, values, URLOptions(anchor: anchor, isExternal: external), from: urlOrigin)
    }

    /// The URL of a file of ``App``'s static folder, with what changes when its content does: `/static/style.css?v=1f2e3d4c5b6a`.
    ///
    /// - Parameter file: below the folder.
    /// - Throws: ``URLBuildingError`` where the app has no folder with this name.
    public func url(static file: String, in name: String = "static") throws -> String {
        try url(for: name, ["filename": file])
    }

    /// Redirects to a named route: `return try request.redirect(to: "index")`.
    ///
    /// - Parameter status: 302 by default, as in Flask; 303 after a form.
    public func redirect(
        to name: String,
        _ values: [String: any PathConvertible] = [:],
        status: HTTPResponse.Status = .found
    ) throws -> Response {
        .redirect(to: try url(for: name, values), status: status)
    }

    var urlOrigin: URLOrigin {
        URLOrigin(
            mountPath: mountPath,
            blueprint: place?.surroundings.blueprint ?? "",
            scheme: scheme,
            authority: authority,
            parameters: parameters
        )
    }

    /// What answers this request.
    var place: Endpoint.Place? { storage.place as? Endpoint.Place }
}
