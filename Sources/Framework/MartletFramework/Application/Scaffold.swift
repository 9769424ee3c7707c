internal import HTTPTypes
public import MartletGateway

/// What ``App`` and ``Blueprint`` share: the registration of routes, middleware and mounts. The name is from Flask.
///
///     app.get("/hello") { "Hello World!" }
///     app.get("/users/<int:id>") { (id: Int) in "User \(id)" }
///     app.post("/users") { request in try await request.json(as: User.self) }
///
/// The order of registration never matters, and everything is checked together when the app starts.
public protocol Scaffold: Sendable {
    /// What has been registered.
    var registry: Registry { get }
}

extension Scaffold {
    /// Registers a handler for GET, which answers HEAD too.
    public var get: RouteVerb { RouteVerb(registry: registry, methods: [.get]) }
    /// Registers a handler for POST.
    public var post: RouteVerb { RouteVerb(registry: registry, methods: [.post]) }
    /// Registers a handler for PUT.
    public var put: RouteVerb { RouteVerb(registry: registry, methods: [.put]) }
    /// Registers a handler for PATCH.
    public var patch: RouteVerb { RouteVerb(registry: registry, methods: [.patch]) }
    /// Registers a handler for DELETE.
    public var delete: RouteVerb { RouteVerb(registry: registry, methods: [.delete]) }
    /// Registers a handler for HEAD, if that of GET is not suitable.
    public var head: RouteVerb { RouteVerb(registry: registry, methods: [.head]) }
    /// Registers a handler for OPTIONS, if the automatic answer is not suitable.
    public var options: RouteVerb { RouteVerb(registry: registry, methods: [.options]) }
    /// Registers a handler for the given methods: `app.route("/form", methods: [.get, .post]) { request in … }`.
    public var route: RouteVerb { RouteVerb(registry: registry, methods: nil) }

    /// Adds middleware around everything that is registered here. The first one sees a request first.
    public func use(_ middleware: some Middleware, file: StaticString = #fileID, line: UInt = #line) {
        registry.change(SourceLocation(file: file, line: line)) { $0.middleware.append(middleware) }
    }

    /// Passes every request below `prefix` to another application, which sees the rest as its path. The prefix is plain
    /// text and matches whole segments: `/legacy` covers `/legacy` and `/legacy/x`, but not `/legacyx`. Routes below it
    /// have precedence.
    ///
    /// - Parameter name: what URLs below it are built by: `request.url(for: "legacy", ["filename": "reports/7"])`.
    public func mount(
        _ prefix: String,
        _ application: some Application,
        name: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        let mount = Registry.Mount(
            prefix: prefix,
            application: application,
            name: name,
            location: SourceLocation(file: file, line: line)
        )
        registry.change(mount.location) { $0.mounts.append(mount) }
    }

    /// Adds everything in a blueprint, below its prefix.
    public func register(_ blueprint: Blueprint, file: StaticString = #fileID, line: UInt = #line) {
        let location = SourceLocation(file: file, line: line)
        registry.change(location) { $0.blueprints.append((blueprint, location)) }
    }
}
