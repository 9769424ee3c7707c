#if Decorators
import DecoratedModule
import FoundationEssentials
import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletFramework

@Suite struct DecoratorTests {
    static let answers: [(target: String, status: HTTPResponse.Status, body: String)] = [
        ("/hello", .ok, "Hello World!"),
        ("/users/7", .ok, #"{"id":7,"name":"Ada"}"#),
        ("/users/x", .notFound, "Not Found\n"),
        ("/even/4", .ok, "4"),
        ("/even/3", .notFound, "Not Found\n"),
        ("/files/a/b%20c", .ok, "a/b c"),
        ("/caf%C3%A9/x.html", .ok, "x x 10"),
        ("/rooms/12?visitor=Ada", .ok, "Ada12 in 12"),
        ("/rooms/12", .unauthorized, "Unauthorized\n"),
        ("/missing", .notFound, "Not Found\n"),
        ("/made", .accepted, "<p>"),
        ("/list/", .ok, "page 1"),
        ("/list/3", .ok, "page 3"),
        ("/main", .ok, "main"),
        ("/overloads/7", .ok, "number"),
        ("/overloads/x", .ok, "text"),
        ("/switch", .ok, "switch"),
        ("/request", .ok, "request"),
        ("/pages/", .ok, "pages"),
        ("/pages/inner", .ok, "inner"),
        ("/pages/more", .forbidden, "Forbidden\n"),
        ("/machine", .ok, "machine"),
        ("/counter", .ok, "counter"),
        ("/library", .notFound, "Not Found\n"),
    ]

    @Test("An app has the routes of its module", arguments: answers)
    func answer(_ row: (target: String, status: HTTPResponse.Status, body: String)) async throws {
        try await TestClient(App()).get(row.target).expect(row.status, body: row.body)
    }

    @Test("The other methods")
    func methods() async throws {
        let client = TestClient(App())
        let eve = #"{"id":3,"name":"Eve"}"#
        try await client.post("/users", headers: [(.contentType, "application/json")], body: .text(eve))
            .expect(.created, body: eve)
        try await client.send(TestRequest(.delete, "/users/3")).expect(.noContent)
        try await client.send(TestRequest(.put, "/users/3")).expect(.ok, body: "changed 3")
        try await client.send(TestRequest(.patch, "/users/3")).expect(.internalServerError)
        try await client.post("/form").expect(.seeOther, headers: [(.location, "/users/7")])
        try await client.post("/hello").expect(.methodNotAllowed, headers: [(.allow, "GET, HEAD, OPTIONS")])
    }

    private struct Description: Decodable {
        struct Operation: Decodable { let responses: [String: Answer] }
        struct Answer: Decodable { let content: [String: Media]? }
        struct Media: Decodable { let schema: [String: String] }

        let paths: [String: [String: Operation]]
    }

    @Test("Their types are in the description for programs")
    func description() async throws {
        let app = App()
        app.openAPI(title: "Types", version: "1")
        let text = try await TestClient(app).get("/openapi.json").text
        let paths = try JSONDecoder().decode(Description.self, from: Data(text.utf8)).paths
        func answer(_ path: String, _ status: String) -> Description.Answer? { paths[path]?["get"]?.responses[status] }
        #expect(
            answer("/users/{id}", "200")?.content?["application/json"]?.schema == ["$ref": "#/components/schemas/User"]
        )
        #expect(answer("/users/{id}", "404") == nil)
        #expect(answer("/missing", "404")?.content?["application/problem+json"] != nil)
        #expect(answer("/hello", "200")?.content?.values.first?.schema == ["type": "string"])
        // What is opaque says nothing.
        #expect(paths["/made"]?["get"]?.responses.keys.sorted() == ["default"])
    }

    @Test("Names are those of the functions")
    func names() throws {
        let app = App()
        #expect(try app.url(for: "user", ["id": 7]) == "/users/7")
        #expect(try app.url(for: "change", ["id": 7]) == "/users/7")
        #expect(try app.url(for: "Pages.index") == "/pages/")
        #expect(try app.url(for: "Inner.more") == "/pages/more")
        #expect(try app.url(for: "switch") == "/switch")
        #expect(try app.url(for: "list") == "/list/")
    }

    @Test("URLs are built by what the functions are called like")
    func urls() async throws {
        let paths: [(URLPath, String)] = [
            (hello(), "/hello"),
            (user(id: 7), "/users/7"),
            (remove(7), "/users/7"),
            (replace(user: 7), "/users/7"),
            (file("a/b c"), "/files/a/b%20c"),
            (page(title: "a/b\"ü"), "/caf%C3%A9/a%2Fb%22%C3%BC.html"),
            (visit(room: "12"), "/rooms/12"),
            (list(), "/list/"),
            (list(page: 2), "/list/2"),
            (overloaded(value: "x"), "/overloads/x"),
            (onMainActor(), "/main"),
            (`switch`(), "/switch"),
            (Pages.Inner.more(), "/pages/more"),
            (Counter.count(), "/counter"),
        ]
        for (path, text) in paths { #expect(path.description == text) }
        #expect("\(url(user(id: 7)))" == "/users/7")
        let answer: String = hello()
        #expect(answer == "Hello World!")
    }

    @Test("A type's routes are where its blueprint is, and nowhere else")
    func blueprints() async throws {
        let admin = Blueprint("admin", prefix: "/ad min")
        admin.register(routesOf: Admin.self)
        let app = App()
        app.register(admin)
        let client = TestClient(app)
        try await client.get("/ad%20min/3").expect(.ok, body: "admin 3")
        try await client.get("/ad%20min/").expect(.ok, body: "/ad%20min/1")
        try await client.post("/ad%20min/").expect(.found, headers: [(.location, "/ad%20min/2")])
        try await client.get("/3").expect(.notFound)
        try await client.get("/hello").expect(.ok)
        #expect(try app.url(Admin.show(id: 4), mountPath: "/site") == "/site/ad%20min/4")
        #expect(try app.url(for: "admin.show", ["id": 4]) == "/ad%20min/4")
        let site = App(fileID: "Site/App.swift")
        site.mount("/site", app)
        try await TestClient(site).get("/site/ad%20min/").expect(.ok, body: "/site/ad%20min/1")
        try await TestClient(site).get("/hello").expect(.notFound)
    }

    @Test("Other modules are taken on purpose")
    func modules() async throws {
        let books = Blueprint("books", prefix: "/books")
        books.register(routesOf: "DecoratedModule")
        let desk = Blueprint("desk", prefix: "/desk")
        desk.register(routesOf: Desk.self)
        let app = App()
        app.register(books)
        app.register(desk)
        let client = TestClient(app)
        try await client.get("/books/library/books/x").expect(.ok, body: "book x")
        try await client.get("/desk/").expect(.ok, body: "desk")
        try await client.get("/books/").expect(.notFound)
        try await client.get("/library").expect(.notFound)
        #expect(try app.url(book(isbn: "a b")) == "/books/library/books/a%20b")
        #expect(try app.url(for: "books.library") == "/books/library")
        #expect(App.decoratedModules == ["DecoratedModule", "MartletDecoratorsTests", "decorators"])
    }

    @Test("An app of another module, which takes this one's for a test")
    func testedFromOutside() async throws {
        let app = App(fileID: "Elsewhere/Tests.swift")
        app.register(routesOf: "MartletDecoratorsTests")
        try await TestClient(app).get("/hello").expect(.ok)
    }

    @Test("Faults are found together with those of closures, each with its place")
    func faults() throws {
        let app = App(fileID: "Elsewhere/Tests.swift")
        let first: UInt = #line + 1
        app.get("/library") { "" }
        app.get("/x", name: "book") { "" }
        app.register(routesOf: "DecoratedModul")
        app.register(routesOf: Visitor.self)
        app.register(routesOf: "DecoratedModule")
        let error = #expect(throws: RegistrationError.self) { try app.prepare() }
        let place = "MartletDecoratorsTests/DecoratorTests.swift:"
        let module = "DecoratedModule/Library.swift:"
        #expect(
            error?.faults == [
                "\(place)\(first + 2): the module \"DecoratedModul\" has no decorated routes. Did you mean \"DecoratedModule\"? Modules that have some: DecoratedModule, MartletDecoratorsTests, decorators.",
                "\(place)\(first + 3): the type Visitor has no decorated routes.",
                "\(module)6: GET /library is registered twice; the other one is at \(place)\(first).",
                "\(module)8: the name \"book\" is given twice; the other one is at \(place)\(first + 1).",
            ]
        )
    }

    @Test("The example")
    func example() async throws {
        let app = App(fileID: "Elsewhere/Tests.swift")
        app.register(routesOf: "decorators")
        let client = TestClient(app)
        try await client.get("/").expect(.found, headers: [(.location, "/users/1")])
        try await client.get("/users/7").expect(.ok, body: #"{"id":7,"name":"Ada"}"#)
        let eve = #"{"id":3,"name":"Eve"}"#
        try await client.post("/users", headers: [(.contentType, "application/json")], body: .text(eve))
            .expect(.created, body: eve, headers: [(.location, "/users/3")])
        #expect(try app.url(for: "Greetings.greet", ["name": "Ada"]) == "/greet/Ada")
    }

    @Test("Hooks and middleware of a blueprint are around its decorated routes")
    func hooks() async throws {
        let admin = Blueprint("admin", prefix: "/admin")
        admin.register(routesOf: Admin.self)
        admin.before { _ in throw Abort(.unauthorized) }
        let app = App()
        app.register(admin)
        try await TestClient(app).get("/admin/3").expect(.unauthorized)
        try await TestClient(app).get("/hello").expect(.ok)
    }
}
#endif
