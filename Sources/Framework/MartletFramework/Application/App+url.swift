import MartletBytes

extension App {
    /// The path of a named route: `app.url(for: "user", ["id": 7])` is `/users/7`. Values that are not in the pattern
    /// become the query.
    ///
    /// - Parameters:
    ///   - name: as registered; for a route of a blueprint, preceded by the blueprint's name and a dot.
    ///   - mountPath: ``Request/mountPath`` of the current request, if the app may be mounted below a prefix.
    /// - Throws: ``URLBuildingError``; ``RegistrationError``.
    public func url(
        for name: String,
        _ values: [String: any PathConvertible] = [:],
        mountPath: String = ""
    ) throws -> String {
        try current().names.url(for: name, values, mountPath: mountPath)
    }
}

extension [String: RoutePattern] {
    /// The path of a named route.
    func url(
        for name: String,
        _ values: [String: any PathConvertible],
        mountPath: String
    ) throws(URLBuildingError) -> String {
        guard let pattern = self[name] else {
            let hint = NearMatch.closest(to: name, among: keys.sorted()).map { " Did you mean \"\($0)\"?" } ?? ""
            throw URLBuildingError(description: "There is no route named \"\(name)\".\(hint)")
        }
        return try URLText.encode(mountPath.utf8, keepingSlash: true) + pattern.url(values)
    }
}
