/// A part of an app that is written by itself and registered under a prefix:
///
///     let admin = Blueprint("admin", prefix: "/admin")
///     admin.get("/", name: "index") { HTML("<h1>Admin</h1>") }
///     app.register(admin)                 // answers /admin/, and is named admin.index
///
/// A blueprint can hold others. Its middleware is around its own routes only.
public final class Blueprint: Scaffold {
    public let name: String
    public let prefix: String
    public let registry = Registry()

    /// - Parameter prefix: what its routes begin with; empty, or with a slash at its start and none at its end. Parameters are allowed.
    public init(_ name: String, prefix: String = "") {
        self.name = name
        self.prefix = prefix
    }
}
