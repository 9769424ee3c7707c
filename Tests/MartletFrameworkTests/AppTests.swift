import HTTPTypes
import MartletGateway
import MartletTesting
import NIOCore
import Testing

@testable import MartletFramework

@Suite struct AppTests {
    struct User: Codable, Equatable { var id: Int, name: String }

    enum Color: String, PathConvertible { case red, green }

    @Test("The five lines")
    func hello() async throws {
        let app = App()
        app.get("/hello") { "Hello World!" }
        let client = TestClient(app)
        try await client.get("/hello").expect(
            .ok,
            body: "Hello World!",
            headers: [(.contentType, "text/plain; charset=utf-8"), (.contentLength, "12")]
        )
        try await client.head("/hello").expect(.ok, body: "", headers: [(.contentLength, "12")])
        try await client.get("/helo").expect(.notFound, body: "Not Found\n")
        try await client.post("/hello").expect(.methodNotAllowed, headers: [(.allow, "GET, HEAD, OPTIONS")])
        try await client.options("/hello").expect(.noContent, body: "", headers: [(.allow, "GET, HEAD, OPTIONS")])
        try await client.options("*").expect(.noContent)
    }

    @Test("Handlers take what they name")
    func parameters() async throws {
        let app = App()
        app.get("/users/<int:id>") { (id: Int) in "user \(id + 1)" }
        app.get("/users/<int:id>/posts/<slug>") { (request: Request, id: Int, slug: String) in
            "\(request.path) \(id) \(slug) \(request.parameters["id"] ?? "-")"
        }
        app.get("/untyped/<int:id>") { request in
            let id = try request.parameters.require("id", as: Int.self)
            return "\(id * 2)"
        }
        app.get("/paint/<color>") { (color: Color) in color.rawValue }
        app.get("/paint/<other>") { (other: String) in "no color: \(other)" }
        app.get("/wrong/<id>") { request in try request.parameters.require("idd") }
        let client = TestClient(app)
        try await client.get("/users/7").expect(.ok, body: "user 8")
        try await client.get("/users/x").expect(.notFound)
        try await client.get("/users/99999999999999999999").expect(.notFound)
        try await client.get("/users/7/posts/a%20b").expect(.ok, body: "/users/7/posts/a b 7 a b 7")
        try await client.get("/untyped/21").expect(.ok, body: "42")
        try await client.get("/paint/red").expect(.ok, body: "red")
        try await client.get("/paint/blue").expect(.ok, body: "no color: blue")
        try await client.get("/wrong/x").expect(.internalServerError)
    }

    @Test("What a handler may return")
    func answers() async throws {
        let app = App()
        app.get("/dictionary") { ["b": 1, "a": 2] }
        app.get("/array") { [1, 2] }
        app.get("/user/<int:id>") { (id: Int) in User(id: id, name: "Ada") }
        app.get("/maybe/<int:id>") { (id: Int) in id == 1 ? User(id: 1, name: "Ada") : nil }
        app.get("/text/<int:id>") { (id: Int) -> String? in id == 1 ? "one" : nil }
        app.post("/users") { request in
            JSON(User(id: 7, name: "Ada")).status(.created).header(.location, "/users/7")
        }
        app.get("/html/<name>") { (name: String) in HTML("<h1 title=\"\(name)\">\(name)</h1>\(HTML("<hr>"))") }
        app.get("/status") { HTTPResponse.Status.serviceUnavailable }
        app.get("/nothing") { HTTPResponse.Status.noContent }
        app.get("/response") { Response.plain(.accepted, "x").status(.created).header(.contentType, "text/csv") }
        app.get("/cookies") { "".header(.setCookie, "a=1").header(.setCookie, "b=2") }
        app.get("/elsewhere") { Response.redirect(to: "/html/x") }
        app.get("/stream") {
            Response.stream { writer in for part in ["a", "b", "c"] { try await writer.write(part) } }
        }
        let client = TestClient(app)
        try await client.get("/dictionary").expect(
            .ok,
            body: #"{"a":2,"b":1}"#,
            headers: [(.contentType, "application/json")]
        )
        try await client.get("/array").expect(.ok, body: "[1,2]")
        #expect(try await client.get("/user/3").json(as: User.self) == User(id: 3, name: "Ada"))
        try await client.get("/maybe/1").expect(.ok)
        try await client.get("/maybe/2").expect(.notFound)
        try await client.get("/text/1").expect(.ok, body: "one")
        try await client.get("/text/2").expect(.notFound)
        try await client.post("/users").expect(
            .created,
            body: #"{"id":7,"name":"Ada"}"#,
            headers: [(.location, "/users/7"), (.contentType, "application/json")]
        )
        try await client.get("/html/%3Cb%3E%22'&").expect(
            .ok,
            body: "<h1 title=\"&lt;b&gt;&quot;&#39;&amp;\">&lt;b&gt;&quot;&#39;&amp;</h1><hr>",
            headers: [(.contentType, "text/html; charset=utf-8")]
        )
        try await client.get("/status").expect(.serviceUnavailable, body: "Service Unavailable\n")
        try await client.get("/nothing").expect(.noContent, body: "")
        try await client.get("/response").expect(.created, body: "x", headers: [(.contentType, "text/csv")])
        #expect(try await client.get("/cookies").headers.values(for: .setCookie) == ["a=1", "b=2"])
        try await client.get("/elsewhere").expect(.found, headers: [(.location, "/html/x")])
        #expect(try await client.get("/stream").expect(.ok, body: "abc").pieces.count == 3)
    }

    @Test("Errors and their pages")
    func errors() async throws {
        struct Broken: Error {}
        struct Known: Error { let text: String }
        let app = App()
        app.get("/abort") { () -> String in throw Abort(.conflict, "Somebody was faster.") }
        app.get("/broken") { () -> String in throw Broken() }
        app.get("/known") { () -> String in throw Known(text: "it rained") }
        app.get("/teapot") { () -> String in throw Abort(.init(code: 418, reasonPhrase: "Teapot")) }
        app.onError(Known.self) { error, request in "\(request.path): \(error.text)".status(.badGateway) }
        app.onStatus(.notFound) { request in HTML("<p>No \(request.path)</p>") }
        app.onStatus(.methodNotAllowed) { _ in "Not like this" }
        let client = TestClient(app)
        try await client.get("/abort").expect(.conflict, body: "Somebody was faster.\n")
        try await client.get("/broken").expect(.internalServerError, body: "Internal Server Error\n")
        try await client.get("/known").expect(.badGateway, body: "/known: it rained")
        try await client.get("/teapot").expect(.init(code: 418), body: "Teapot\n")
        try await client.get("/<x>").expect(
            .notFound,
            body: "<p>No /&lt;x&gt;</p>",
            headers: [(.contentType, "text/html; charset=utf-8")]
        )
        try await client.post("/abort").expect(
            .methodNotAllowed,
            body: "Not like this",
            headers: [(.allow, "GET, HEAD, OPTIONS")]
        )
    }

    @Test("Redirects keep query and mount, and never lead to another host")
    func redirects() async throws {
        let app = App()
        app.get("/about/") { "about" }
        app.get("/<name>/") { (name: String) in name }
        let site = App()
        site.mount("/inner", app)
        try await TestClient(app).get("/about?a=1&b=%20").expect(
            .permanentRedirect,
            headers: [(.location, "/about/?a=1&b=%20")]
        )
        try await TestClient(app).get("/%5Cevil").expect(.permanentRedirect, headers: [(.location, "/%5Cevil/")])
        try await TestClient(app).get("/\\evil").expect(.permanentRedirect, headers: [(.location, "/%5Cevil/")])
        try await TestClient(app).get("//evil").expect(.permanentRedirect, headers: [(.location, "/evil/")])
        try await TestClient(site).get("/inner/about").expect(
            .permanentRedirect,
            headers: [(.location, "/inner/about/")]
        )
    }

    @Test("MARTLET_ENV")
    func environment() {
        #expect(App.Environment(variable: nil) == .production)
        #expect(App.Environment(variable: "") == .production)
        #expect(App.Environment(variable: "development") == .development)
        #expect(App.Environment(variable: "dev") == nil)
    }
}
