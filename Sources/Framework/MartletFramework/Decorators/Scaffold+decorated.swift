extension Scaffold {
    /// Adds the decorated routes of another module: a library's, or, in a test, those of the program that is tested.
    ///
    ///     let app = App()                     // has those of its own module
    ///     app.register(routesOf: "Shop")
    ///
    /// Those of types that have a registration of their own are left to it. Whether a module has any is checked when the app starts.
    public func register(routesOf module: String, file: StaticString = #fileID, line: UInt = #line) {
        claim(.module(module), module, file, line)
    }

    /// Adds the decorated static functions of a type: what is in a blueprint then.
    ///
    ///     enum Admin { @GET("/") static func index() -> String { "Admin" } }
    ///
    ///     let admin = Blueprint("admin", prefix: "/admin")
    ///     admin.register(routesOf: Admin.self)     // answers /admin/, and is named admin.index
    ///
    /// Nested types are registered by themselves.
    public func register(routesOf type: Any.Type, file: StaticString = #fileID, line: UInt = #line) {
        claim(.type(ObjectIdentifier(type)), "\(type)", file, line)
    }

    private func claim(_ subject: RouteClaim.Subject, _ name: String, _ file: StaticString, _ line: UInt) {
        let claim = RouteClaim(subject, name, SourceLocation(file: file, line: line))
        registry.change(claim.location) { $0.claims.append(claim) }
    }
}

extension App {
    /// The modules of this program in which decorated routes were found, whether or not an app has them.
    ///
    /// A module that is missing here was linked from a static archive (`.a`) that was made by hand: of those, linkers leave out what
    /// nobody calls.
    public static var decoratedModules: [String] { RouteSection.modules }
}
