import MartletBytes

extension App {
    /// The path of a named route: `app.url(for: "user", ["id": 7])` is `/users/7`. Values that the pattern does not have become
    /// the query.
    ///
    /// - Parameters:
    ///   - name: as it was registered; with the blueprint's name and a dot before it for those of a blueprint.
    ///   - mountPath: ``Request/mountPath`` of the current request, where the app may be mounted under another.
    /// - Throws: ``URLBuildingError``; ``RegistrationError``.
    public func url(
        for name: String,
        _ values: [String: any PathConvertible] = [:],
        mountPath: String = ""
    ) throws -> String {
        let names = try current().names
        guard let pattern = names[name] else {
            let hint = NearMatch.closest(to: name, among: names.keys.sorted()).map { " Did you mean \"\($0)\"?" } ?? ""
            throw URLBuildingError(description: "There is no route named \"\(name)\".\(hint)")
        }
        return try URLText.encode(mountPath.utf8, keepingSlash: true) + pattern.url(values)
    }
}
