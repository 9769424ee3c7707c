import HTTPTypes
import MartletGateway
import Testing

@testable import MartletFramework

/// Where decorated routes go, by records that are made by hand.
@Suite struct RouteClaimTests {
    private enum Admin {}

    private static func route(
        _ pattern: String,
        _ file: StaticString = "Shop/App.swift",
        line: UInt = 1,
        name: DecoratedRoute.Name = .none,
        owner: Any.Type? = nil,
        methods: [HTTPRequest.Method] = [.get]
    ) -> DecoratedRoute {
        DecoratedRoute(
            pattern,
            methods: methods,
            name: name,
            owner: owner,
            file: file,
            line: line,
            direct: { _, _ in Response(status: .ok) }
        )
    }

    private static let routes = [
        route("/b", line: 2, name: .function("b")),
        route("/a", name: .function("a")),
        route("/", line: 3, name: .function("index"), owner: Admin.self),
        route("/lent", "Library/Books.swift", name: .given("books")),
    ]

    private static func compile(
        _ routes: [DecoratedRoute] = routes,
        module: String = "Shop",
        _ register: (App) -> Void = { _ in }
    ) -> AppCompiler {
        let app = App()
        register(app)
        let contents = app.registry.freeze()
        return AppCompiler(
            contents,
            module: module,
            decorated: routes,
            Endpoint.Surroundings(contents.hooks, contents.errors, "", Site())
        )
    }

    @Test("An app has what its module has, by place and not as the linker has it")
    func ownModule() {
        let app = Self.compile()
        #expect(app.routes.map(\.title) == ["GET /a", "GET /b", "GET /"])
        #expect(app.names.mapValues(\.pattern.description) == ["a": "/a", "b": "/b", "Admin.index": "/"])
        #expect(app.advice == nil && app.faults.isEmpty)
    }

    @Test("What is registered on purpose is there and nowhere else: by type, by module, the rest")
    func precedence() {
        let app = Self.compile { app in
            let outer = Blueprint("outer", prefix: "/outer")
            let admin = Blueprint("admin", prefix: "/admin")
            admin.register(routesOf: Admin.self)
            outer.register(admin)
            outer.register(routesOf: "Shop")
            app.register(outer)
            app.register(routesOf: "Library")
        }
        #expect(
            app.names.mapValues(\.pattern.description) == [
                "outer.a": "/outer/a", "outer.b": "/outer/b", "outer.admin.index": "/outer/admin/", "books": "/lent",
            ]
        )
        #expect(app.routes.count == 4 && app.faults.isEmpty)
    }

    @Test("A blueprint inside itself ends the search")
    func cycle() {
        let app = Self.compile { app in
            let blueprint = Blueprint("a", prefix: "/a")
            blueprint.register(blueprint)
            app.register(blueprint)
        }
        #expect(app.faults.count == 1)
    }

    @Test("Faults name both places")
    func faults() {
        let routes = [
            Self.route("/a", name: .function("a")),
            Self.route("/a", "Shop/Other.swift", line: 7, name: .function("a")),
            Self.route("b", "Shop/Other.swift", line: 8),
            Self.route("/c", "Shop/Other.swift", line: 9, methods: []),
        ]
        #expect(
            Self.compile(routes).faults == [
                "Shop/Other.swift:7: GET /a is registered twice; the other one is at Shop/App.swift:1.",
                "Shop/Other.swift:7: the name \"a\" is given twice; the other one is at Shop/App.swift:1.",
                "Shop/Other.swift:8: GET b: it must begin with a slash.",
                "Shop/Other.swift:9: /c: `@ROUTE` needs methods: [.get, .post].",
            ]
        )
    }

    @Test("A registration of nothing says what there is")
    func nothing() {
        func faults(_ routes: [DecoratedRoute]) -> [String] {
            Self.compile(routes) { $0.register(routesOf: "Libary", file: "Shop/App.swift", line: 4) }.faults
        }
        #expect(
            faults(Self.routes) == [
                "Shop/App.swift:4: the module \"Libary\" has no decorated routes. Did you mean \"Library\"? Modules that have some: Library, Shop."
            ]
        )
        #expect(
            faults([]) == [
                "Shop/App.swift:4: the module \"Libary\" has no decorated routes. No module of this program has any."
            ]
        )
    }

    @Test("An app without routes says where some are")
    func advice() {
        #expect(
            Self.compile(module: "Tests").advice
                == "This app has no routes, but there are decorated ones in Library, Shop. An app has those of the module that makes it, which is Tests here; those of others it gets with app.register(routesOf: \"Library\")."
        )
        #expect(Self.compile([], module: "Tests").advice == nil)
        #expect(Self.compile(module: "Tests") { $0.get("/") { "" } }.advice == nil)
    }
}
