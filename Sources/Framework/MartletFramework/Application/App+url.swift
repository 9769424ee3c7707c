extension App {
    /// The path of a named route: `app.url(for: "user", ["id": 7])` is `/users/7`. Values that are not in the pattern
    /// become the query. In a handler, `request.url(for:)` knows more.
    ///
    /// - Parameters:
    ///   - name: as registered; for a route of a blueprint, preceded by the blueprint's name and a dot.
    ///   - anchor: what follows the `#`.
    ///   - mountPath: `mountPath` of the current request, if the app may be mounted below a prefix.
    /// - Throws: ``URLBuildingError``; ``RegistrationError``.
    public func url(
        for name: String,
        _ values: [String: any PathConvertible] = [:],
        anchor: String? = nil,
        mountPath: String = ""
    ) throws -> String {
        let origin = URLOrigin(mountPath: mountPath)
        return try current().names.url(for: name, values, URLOptions(anchor: anchor), from: origin)
    }

    /// The URL of a file of the app's static folder, with what changes when its content does: `/static/style.css?v=1f2e3d4c5b6a`.
    ///
    /// - Throws: ``URLBuildingError``; ``RegistrationError``.
    public func url(static file: String, in name: String = "static", mountPath: String = "") throws -> String {
        try url(for: name, ["filename": file], mountPath: mountPath)
    }
}
