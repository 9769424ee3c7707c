internal import HTTPTypes
internal import MartletGateway

/// Compiles the registrations of an app and its blueprints into a router, and collects their faults.
struct AppCompiler {
    private(set) var router = HostRouter<Endpoint>()
    private(set) var names: [String: RouteNames.Route] = [:]
    private(set) var faults: [String] = []
    private(set) var mounted: [(path: String, application: any MountedApplication)] = []
    /// In the order of the router's rules.
    private(set) var routes: [RouteDescription] = []
    private(set) var prefixes = DecoratedPrefixes()
    private var nameLocations: [String: SourceLocation] = [:]
    private let claims: RouteClaims
    private let module: String

    /// The context of a registration: what its blueprints add to it.
    private struct Scope {
        var prefix = ""
        var name = ""
        var host: HostPattern?
        var middleware: [any Middleware] = []
        var path: [ObjectIdentifier] = []
        var surroundings: Endpoint.Surroundings

        var blueprint: String? { name.isEmpty ? nil : String(name.dropLast()) }
    }

    /// - Parameters:
    ///   - module: the one that made the app.
    ///   - decorated: every decorated route of the program.
    init(
        _ contents: Registry.Contents,
        module: String,
        decorated: [DecoratedRoute] = RouteSection.routes,
        _ surroundings: Endpoint.Surroundings
    ) {
        claims = RouteClaims(of: decorated, in: contents)
        self.module = module
        let scope = Scope(surroundings: surroundings)
        add(RouteClaim(ownModule: module), scope)
        add(contents, scope)
    }

    /// What an app without any route may have been meant to have.
    var advice: String? {
        guard routes.isEmpty, let module = claims.idleModules.first else { return nil }
        return
            "This app has no routes, but there are decorated ones in \(claims.idleModules.joined(separator: ", ")). An app has those of the module "
            + "that makes it, which is \(self.module) here; those of others it gets with app.register(routesOf: \"\(module)\")."
    }

    private mutating func add(_ contents: Registry.Contents, _ scope: Scope) {
        for route in contents.routes { add(route, scope) }
        for claim in contents.claims { add(claim, scope) }
        for mount in contents.mounts { add(mount, scope) }
        for (blueprint, location) in contents.blueprints { add(blueprint, location, scope) }
    }

    private mutating func add(_ blueprint: Blueprint, _ location: SourceLocation, _ scope: Scope) {
        guard !scope.path.contains(ObjectIdentifier(blueprint)) else {
            faults.append("\(location): the blueprint \"\(blueprint.name)\" is registered inside itself.")
            return
        }
        guard blueprint.prefix.isEmpty || (blueprint.prefix.hasPrefix("/") && !blueprint.prefix.hasSuffix("/")) else {
            faults.append(
                "\(location): the prefix \"\(blueprint.prefix)\" of the blueprint \"\(blueprint.name)\" must begin with a slash and not end with one."
            )
            return
        }
        let contents = blueprint.registry.freeze()
        var inner = scope
        inner.prefix += blueprint.prefix
        if !blueprint.name.isEmpty { inner.name += blueprint.name + "." }
        if let host = blueprint.host {
            do throws(RoutePattern.Malformed) {
                if let outer = scope.host { throw .init(description: "it is registered inside the host \(outer)") }
                inner.host = try HostPattern(parsing: host)
            } catch {
                faults.append("\(location): the host \"\(host)\": \(error).")
                return
            }
        }
        inner.middleware += contents.middleware
        inner.path.append(ObjectIdentifier(blueprint))
        inner.surroundings = scope.surroundings.inside(contents, inner.name)
        add(contents, inner)
    }

    private mutating func add(_ route: Registry.Route, _ scope: Scope) {
        let title =
            (route.methods.map(\.rawValue) + [scope.prefix + route.pattern]).joined(separator: " ")
            + (scope.host.map { " at \($0)" } ?? "")
        do throws(RoutePattern.Malformed) {
            if let fault = route.fault { throw RoutePattern.Malformed(description: fault) }
            // Check the part below the prefix by itself first, so that "needs a slash" refers to what was written.
            _ = try RoutePattern(parsing: route.pattern)
            let pattern = try RoutePattern(parsing: scope.prefix + route.pattern)
            let matchers = try pattern.matchers(for: route.types, in: scope.host)
            let handler = HandlerApplication.wrap(route.handler, in: scope.middleware)
            let rule = Router<Endpoint>.Rule(
                pattern: pattern,
                matchers: matchers,
                methods: route.methods,
                value: Endpoint(
                    target: .handler(handler, names: (scope.host?.names ?? []) + pattern.parameters.map(\.name)),
                    place: Endpoint.Place(scope.surroundings, pattern: pattern.description),
                    number: routes.count
                ),
                location: route.location
            )
            faults += try router.add(rule, host: scope.host)
            let named = RouteNames.Route(pattern: pattern, matchers: matchers, host: scope.host)
            if let name = route.name { add(scope.name + name, named, route.location) }
            routes.append(Self.describe(route, pattern, matchers, scope))
        } catch {
            faults.append("\(route.location): \(title): \(error).")
        }
    }

    private static func describe(
        _ route: Registry.Route,
        _ pattern: RoutePattern,
        _ matchers: [ParameterMatcher],
        _ scope: Scope
    ) -> RouteDescription {
        RouteDescription(
            kind: route.documentation.answer == WebSocket.self ? .webSocket : .route,
            methods: route.methods.map(\.rawValue),
            host: scope.host?.description,
            pattern: pattern.description,
            name: route.name.map { scope.name + $0 },
            blueprint: scope.blueprint,
            parameters: zip(pattern.parameters, matchers).enumerated().map { index, parameter in
                RouteDescription.Parameter(
                    name: parameter.0.name,
                    converter: parameter.1.converter.description,
                    type: route.types.flatMap { index < $0.count ? $0[index].name : nil }
                )
            },
            file: route.location.file,
            line: Int(clamping: route.location.line),
            types: route.documentation
        )
    }

    private mutating func add(_ claim: RouteClaim, _ scope: Scope) {
        if let fault = claims.fault(of: claim) { faults.append(fault) }
        for route in claims.routes(of: claim) {
            add(route, scope)
            prefixes.note(scope.prefix, of: route)
        }
    }

    private mutating func add(_ name: String, _ route: RouteNames.Route, _ location: SourceLocation) {
        if let other = nameLocations[name] {
            faults.append("\(location): the name \"\(name)\" is given twice; the other one is at \(other).")
        }
        names[name] = route
        nameLocations[name] = location
    }

    private mutating func add(_ mount: Registry.Mount, _ scope: Scope) {
        let prefix = scope.prefix + mount.prefix
        do throws(RoutePattern.Malformed) {
            let pattern = try RoutePattern(parsing: Self.mountPath(prefix).description)
            guard pattern.parameters.isEmpty else {
                throw RoutePattern.Malformed(description: "a mount takes text only, no parameters")
            }
            let started = mount.application as? any MountedApplication
            if let fault = started?.fault { throw RoutePattern.Malformed(description: fault) }
            let application = EntryPoint(scope.middleware.wrapping(mount.application))
            let rule = Router<Endpoint>.Rule(
                pattern: pattern,
                matchers: [],
                methods: [],
                value: Endpoint(
                    target: .application(application),
                    place: Endpoint.Place(scope.surroundings, pattern: pattern.description),
                    number: routes.count
                ),
                location: mount.location
            )
            faults += try router.addMount(rule, host: scope.host)
            if let started { mounted.append((prefix, started)) }
            if let name = mount.name {
                let below = try RoutePattern(parsing: (prefix == "/" ? "" : prefix) + "/<path:filename>")
                let named = RouteNames.Route(
                    pattern: below,
                    matchers: try below.matchers(for: nil),
                    host: scope.host,
                    folder: started?.folder
                )
                add(scope.name + name, named, mount.location)
            }
            routes.append(
                RouteDescription(
                    kind: started?.folder == nil ? .mount : .static,
                    methods: [],
                    host: scope.host?.description,
                    pattern: prefix,
                    name: mount.name.map { scope.name + $0 },
                    blueprint: scope.blueprint,
                    parameters: [],
                    file: mount.location.file,
                    line: Int(clamping: mount.location.line),
                    types: RouteTypes()
                )
            )
        } catch {
            faults.append("\(mount.location): mount \(prefix): \(error).")
        }
    }

    /// What can be mounted where is decided by the gateway's rules.
    private static func mountPath(_ prefix: String) throws(RoutePattern.Malformed) -> MountPath {
        do throws(MountPathError) {
            return try MountPath(parsing: prefix.isEmpty ? "/" : prefix)
        } catch {
            throw RoutePattern.Malformed(description: error.problem)
        }
    }
}
