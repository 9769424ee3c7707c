internal import MartletBytes

/// The routes of an app by their names, to build URLs.
final class RouteNames: Sendable {
    /// A route that has a name.
    struct Route: Sendable {
        let pattern: RoutePattern
        let matchers: [ParameterMatcher]
        let host: HostPattern?
        /// Where its files are, which have their content in their URLs.
        var folder: StaticFolder?
    }

    private let routes: [String: Route]

    /// Where blueprints have put decorated routes.
    private let prefixes: DecoratedPrefixes

    init(_ routes: [String: Route], _ prefixes: DecoratedPrefixes = DecoratedPrefixes()) {
        self.routes = routes
        self.prefixes = prefixes
    }

    /// The path of a decorated route, with the prefixes of its blueprints.
    func path(of route: URLPath) -> String { prefixes.path(route) }

    /// The URL of a named route: a path, or with scheme and host if it is asked for or if the route is on another host.
    ///
    /// - Parameter name: with a leading dot, of the blueprint that answers, as in Flask.
    func url(
        for name: String,
        _ values: [String: any PathConvertible],
        _ options: URLOptions,
        from origin: URLOrigin
    ) throws(URLBuildingError) -> String {
        let name = name.hasPrefix(".") ? origin.blueprint + name.dropFirst() : name
        guard let route = routes[name] else {
            let hint = NearMatch.closest(to: name, among: routes.keys.sorted()).map { " Did you mean \"\($0)\"?" } ?? ""
            throw URLBuildingError(description: "There is no route named \"\(name)\".\(hint)")
        }
        var values = values
        if let folder = route.folder, values["v"] == nil, let file = values["filename"]?.pathParameter {
            values["v"] = folder.version(of: file)
        }
        let host = try host(of: route, &values, from: origin)
        var url =
            try URLText.encode(origin.mountPath.utf8, keepingSlash: true) + route.pattern.url(values, route.matchers)
        if let anchor = options.anchor { url += "#" + URLText.encode(anchor.utf8) }
        guard options.isExternal || host != nil else { return url }
        guard let authority = host.map({ $0 + origin.port }) ?? origin.authority else {
            throw URLBuildingError(
                description:
                    "The URL of \"\(name)\" cannot be external: the host is not known here. Build it from a request that has one: request.url(for: \"\(name)\", external: true)."
            )
        }
        return (origin.scheme.map { "\($0):" } ?? "") + "//" + authority + url
    }

    /// The route's host, if it is another one than that of the request.
    private func host(
        of route: Route,
        _ values: inout [String: any PathConvertible],
        from origin: URLOrigin
    ) throws(URLBuildingError) -> String? {
        guard let pattern = route.host else { return nil }
        // A tenant's page links to the same tenant.
        for name in pattern.names where values[name] == nil { values[name] = origin.parameters?[name] }
        let host = try pattern.text(&values)
        return host == origin.hostName ? nil : host
    }
}
