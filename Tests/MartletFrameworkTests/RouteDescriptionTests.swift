import HTTPTypes
import MartletGateway
import Testing

@testable import MartletFramework

/// What an app says of its routes.
@Suite struct RouteDescriptionTests {
    enum Color: String, PathConvertible { case red, green }

    private static let line: UInt = #line + 4

    private let routes: [RouteDescription] = {
        let app = App()
        app.get("/users/<int:id>/<color>", name: "user") { (id: Int, color: Color) in "" }
        app.route("/form/<path:rest>", methods: [.get, .post]) { "" }
        app.mount("/legacy", App())
        app.webSocket("/chat") { _ in }
        let inner = Blueprint("posts", prefix: "/posts")
        inner.get("/", name: "index") { "" }
        let admin = Blueprint("admin", prefix: "/admin")
        admin.register(inner)
        app.register(admin)
        return (try? app.routes()) ?? []
    }()

    @Test("As a table")
    func table() {
        let file = "MartletFrameworkTests/RouteDescriptionTests.swift:"
        #expect(
            RouteTable(routes).text == """
                METHODS    PATTERN                  NAME               REGISTERED AT
                GET        /users/<int:id>/<color>  user               \(file)\(Self.line)
                GET, POST  /form/<path:rest>                           \(file)\(Self.line + 1)
                webSocket  /chat                                       \(file)\(Self.line + 3)
                mount      /legacy                                     \(file)\(Self.line + 2)
                GET        /admin/posts/            admin.posts.index  \(file)\(Self.line + 5)

                """
        )
    }

    @Test("As values")
    func values() throws {
        let first = try #require(routes.first)
        #expect(
            first.parameters == [
                RouteDescription.Parameter(name: "id", converter: "int", type: "Int"),
                RouteDescription.Parameter(name: "color", converter: "string", type: "Color"),
            ]
        )
        #expect(routes.map(\.kind) == [.route, .route, .webSocket, .mount, .route])
        #expect(routes.map(\.blueprint) == [nil, nil, nil, nil, "admin.posts"])
        #expect(routes[1].parameters.map(\.type) == [nil])
    }

    @Test("As JSON")
    func json() {
        #expect(
            RouteTable(Array(routes.suffix(1))).json == """
                [
                  {
                    "blueprint" : "admin.posts",
                    "file" : "MartletFrameworkTests/RouteDescriptionTests.swift",
                    "kind" : "route",
                    "line" : \(Self.line + 5),
                    "methods" : [
                      "GET"
                    ],
                    "name" : "admin.posts.index",
                    "parameters" : [

                    ],
                    "pattern" : "/admin/posts/"
                  }
                ]

                """
        )
    }
}
