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
    public let registry = Registry()

    /// - Parameter prefix: the start of its routes' paths; empty, or with a leading and without a trailing slash.
    ///   Parameters are allowed.
    public init(_ name: String, prefix: String = "") {
        self.name = name
        self.prefix = prefix
    }
}
