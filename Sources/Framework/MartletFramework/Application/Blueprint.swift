/// A part of an app that is defined separately and registered under a prefix:
///
///     let admin = Blueprint("admin", prefix: "/admin")
///     admin.get("/", name: "index") { HTML("<h1>Admin</h1>") }
///     app.register(admin)                 // answers /admin/, and is named admin.index
///
/// A blueprint can contain others. Its middleware applies to its own routes only.
public final class Blueprint: Scaffold {
    public let name: String
    public let prefix: String
    /// The host that its routes are for; nil for every one (``Scaffold/host(_:file:line:_:)``).
    public let host: String?
    public let registry = Registry()

    /// - Parameters:
    ///   - name: what precedes the names of its routes, with a dot; empty for nothing.
    ///   - prefix: the start of its routes' paths; empty, or with a leading and without a trailing slash. Parameters are allowed.
    ///   - host: such as `api.example.org` or `<tenant>.example.org`, whose parameters come before those of the path.
    public init(_ name: String, prefix: String = "", host: String? = nil) {
        self.name = name
        self.prefix = prefix
        self.host = host
    }
}
