/// What the blueprints of an app put before the paths of its decorated routes.
struct DecoratedPrefixes: Sendable {
    private var prefixes: [URLPath.Origin: String] = [:]

    mutating func note(_ prefix: String, of route: Registry.Route) {
        guard !prefix.isEmpty else { return }
        let origin = URLPath.Origin(location: route.location, pattern: route.pattern)
        // A route that is there twice has the URL of the first place.
        if prefixes[origin] == nil { prefixes[origin] = URLText.encode(prefix.utf8, keepingSlash: true) }
    }

    func path(_ path: URLPath) -> String { (prefixes[path.origin] ?? "") + path.description }
}
