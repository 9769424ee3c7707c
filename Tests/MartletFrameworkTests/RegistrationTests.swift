import HTTPTypes
import MartletGateway
import MartletTesting
import Synchronization
import Testing

@testable import MartletFramework

@Suite struct RegistrationTests {
    @Test("All faults are found together, each with its place")
    func faults() throws {
        let app = App()
        let first: UInt = #line + 1
        app.get("/hello") { "" }
        app.get("/hello") { "" }
        app.get("/users/<int:id>") { (id: Int, name: String) in "\(id) \(name)" }
        app.get("/items/<int:id>") { (id: Double) in "\(id)" }
        app.get("hello") { "" }
        app.route("/form") { "" }
        app.get("/form", methods: [.post]) { "" }
        app.mount("/<x>", App())
        app.get("/a", name: "a") { "" }
        app.get("/b", name: "a") { "" }
        let error = #expect(throws: RegistrationError.self) { try app.prepare() }
        let place = "MartletFrameworkTests/RegistrationTests.swift:"
        #expect(
            error?.faults == [
                "\(place)\(first + 1): GET /hello is registered twice; the other one is at \(place)\(first).",
                "\(place)\(first + 2): GET /users/<int:id>: it has 1 parameter (id), but the handler takes 2 values from the path (Int, String).",
                "\(place)\(first + 3): GET /items/<int:id>: `id` is an `int` in it, but the handler takes Double: write <float:id> or <id>.",
                "\(place)\(first + 4): GET hello: it must begin with a slash.",
                "\(place)\(first + 5): /form: `app.route` needs methods: [.get, .post].",
                "\(place)\(first + 6): GET /form: methods are given to `app.route`, a verb like `app.get` has its own.",
                "\(place)\(first + 9): the name \"a\" is given twice; the other one is at \(place)\(first + 8).",
                "\(place)\(first + 7): mount /<x>: a mount takes text only, no parameters.",
            ]
        )
    }

    @Test("An app with faults answers 500, not half of its routes")
    func faultyApp() async throws {
        let app = App()
        app.get("hello") { "" }
        app.get("/fine") { "" }
        try await TestClient(app).get("/fine").expect(.internalServerError)
    }

    @Test("What is registered after the first request is left out")
    func late() async throws {
        let app = App()
        app.get("/early") { "early" }
        let client = TestClient(app)
        try await client.get("/early").expect(.ok)
        app.get("/late") { "late" }
        try await client.get("/late").expect(.notFound)
    }

    @Test("Blueprints: prefix, nesting, names, middleware of their own")
    func blueprints() async throws {
        struct Mark: Middleware {
            let text: String
            func respond(to request: Request, next: any Application) async throws -> Response {
                var response = try await next.respond(to: request)
                response.headers.append("X-Mark", text)
                return response
            }
        }
        let inner = Blueprint("users", prefix: "/users/<int:user>")
        inner.get("/posts/<slug>", name: "post") { (request: Request, user: Int, slug: String) in
            "\(user) \(slug) \(request.parameters["slug"] ?? "-")"
        }
        inner.use(Mark(text: "inner"))
        let admin = Blueprint("admin", prefix: "/admin")
        admin.get("/", name: "index") { "index" }
        admin.register(inner)
        admin.use(Mark(text: "admin"))
        let app = App()
        app.register(admin)
        app.use(Mark(text: "first"))
        app.use(Mark(text: "second"))
        app.get("/") { "home" }
        let client = TestClient(app)
        let mark = try #require(HTTPField.Name("X-Mark"))
        let post = try await client.get("/admin/users/7/posts/x").expect(.ok, body: "7 x x")
        #expect(post.headers.values(for: mark) == ["inner", "admin", "second", "first"])
        #expect(try await client.get("/").headers.values(for: mark) == ["second", "first"])
        #expect(try await client.get("/nothing").headers.values(for: mark) == ["second", "first"])
        try await client.get("/admin").expect(.permanentRedirect, headers: [(.location, "/admin/")])
        #expect(try app.url(for: "admin.index") == "/admin/")
        #expect(
            try app.url(for: "admin.users.post", ["user": 7, "slug": "a b/c", "q": "ü"])
                == "/admin/users/7/posts/a%20b%2Fc?q=%C3%BC"
        )
        #expect(
            throws: URLBuildingError(
                description: "There is no route named \"admin.indx\". Did you mean \"admin.index\"?"
            )
        ) {
            try app.url(for: "admin.indx")
        }
        #expect(throws: URLBuildingError.self) { try app.url(for: "admin.users.post", ["user": 7]) }
        #expect(throws: URLBuildingError.self) { try app.url(for: "admin.users.post", ["user": "x", "slug": "y"]) }
    }

    @Test("A blueprint inside itself is a fault")
    func cycle() {
        let blueprint = Blueprint("a", prefix: "/a")
        blueprint.register(blueprint)
        let app = App()
        app.register(blueprint)
        #expect(throws: RegistrationError.self) { try app.prepare() }
    }

    @Test("Mounted applications see the rest of the path")
    func mounts() async throws {
        let app = App()
        app.mount(
            "/legacy",
            ApplicationClosure { request in .plain(.ok, "\(request.mountPath)|\(request.path)|\(request.query)") }
        )
        app.get("/legacy/new") { "new" }
        let client = TestClient(app)
        try await client.get("/legacy").expect(.ok, body: "/legacy||")
        try await client.get("/legacy/a%20b/?q").expect(.ok, body: "/legacy|/a b/|q")
        try await client.get("/legacy/new").expect(.ok, body: "new")
        try await client.get("/legacyx").expect(.notFound)
    }

    /// The router finds mounts in its tree, the gateway's ``Mounts`` in a list: the same request is mounted alike.
    @Test(
        "An app mounts as the gateway does",
        arguments: [
            "/shop", "/shop/", "/shop/cart", "/shopping", "/sh%6fp/a%20b", "/shop%2Fcart", "/shop/../admin",
            "/shop/%2e%2e/", "/x/../shop",
            "/caf%C3%A9/x", "/shop%", "/Shop", "/sh%256fp",
        ]
    )
    func mountsLikeTheGateway(target: String) async throws {
        let prefixes = ["/", "/shop", "/café"]
        func application(_ prefix: String) -> ApplicationClosure {
            ApplicationClosure { .plain(.ok, "\(prefix) \($0.mountPath)|\($0.path)") }
        }
        let app = App()
        for prefix in prefixes { app.mount(prefix, application(prefix)) }
        let mounts = Mounts(
            try prefixes.map { Mounts.Mount(path: try MountPath(parsing: $0), application: application($0)) }
        )
        let expected = try await TestClient(mounts).get(target).text
        try await TestClient(app).get(target).expect(.ok, body: expected)
    }

    @Test("Middleware can answer itself, and its errors have answers too")
    func middleware() async throws {
        struct Guard: Middleware {
            func respond(to request: Request, next: any Application) async throws -> Response {
                guard request.headers[.authorization] != nil else { throw Abort(.unauthorized) }
                return try await next.respond(to: request)
            }
        }
        let app = App()
        app.use(Guard())
        app.get("/") { "in" }
        app.onStatus(.unauthorized) { _ in "Who are you?" }
        try await TestClient(app).get("/").expect(.unauthorized, body: "Who are you?")
        try await TestClient(app).get("/", headers: [(.authorization, "x")]).expect(.ok, body: "in")
    }

    @Test("Registration from many threads")
    func threads() async throws {
        let app = App()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 { group.addTask { app.get("/\(number)") { "\(number)" } } }
        }
        try await TestClient(app).get("/49").expect(.ok, body: "49")
        #expect(try app.routes().count == 50)
    }
}
