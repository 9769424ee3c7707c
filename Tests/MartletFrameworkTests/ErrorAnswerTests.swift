import HTTPTypes
import MartletForms
import MartletGateway
import MartletSessions
import MartletTemplates
import MartletTesting
import Testing

@testable import MartletFramework

/// What an app tells of errors, and whom.
@Suite struct ErrorAnswerTests {
    struct Broken: Error {}
    struct Payment: Decodable { let amount: Int }

    private static let here = "MartletFrameworkTests/ErrorAnswerTests.swift:"
    private static let line: UInt = #line + 4

    private static func app(_ environment: App.Environment) -> App {
        let app = App(environment: environment)
        app.post("/hello") { "" }
        app.get("/users/<int:id>", name: "user") { (id: Int) in try "\(id)" + app.url(for: "usr") }
        app.get("/broken") { () -> String in throw Broken() }
        app.get("/gone") { () -> String in throw Abort(.gone, "It <was> here.", headers: Headers([(.retryAfter, "1")]))
        }
        app.get("/bad") { request in try request.args.require("page", as: Int.self).description }
        app.get("/decode") { () -> String in
            throw DecodingError.keyNotFound(
                Key(stringValue: "amount"),
                .init(codingPath: [Key(stringValue: "payment")], debugDescription: "")
            )
        }
        app.get("/form/") { "" }
        app.post("/form/") { (request: Request) async throws -> String in
            _ = try await request.form()
            request.session["user"] = 7
            throw Broken()
        }
        app.sessions(.random())
        return app
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let development = TestClient(app(.development))
    private let production = TestClient(app(.production))

    private static let routes = """
        Routes
          METHODS  PATTERN          NAME  REGISTERED AT
          POST     /hello                 \(here)\(line)
          GET      /users/<int:id>  user  \(here)\(line + 1)
          GET      /broken                \(here)\(line + 2)
          GET      /gone                  \(here)\(line + 3)
          GET      /bad                   \(here)\(line + 5)
          GET      /decode                \(here)\(line + 6)
          GET      /form/                 \(here)\(line + 12)
          POST     /form/                 \(here)\(line + 13)
        """

    @Test(
        "Nothing answers: what is near, and all routes",
        arguments: [
            ("/helo", "Nothing answers at /helo. Did you mean /hello? It answers POST."),
            ("/user/7", "Nothing answers at /user/7. Did you mean /users/7? It answers GET."),
            ("/user/x", "Nothing answers at /user/x. Did you mean /users/<int:id>? It answers GET."),
            ("/completely/else", "Nothing answers at /completely/else."),
        ]
    )
    func notFound(path: String, sentence: String) async throws {
        let answer = try await development.get(path).expect(.notFound)
        #expect(answer.text.hasPrefix("404 Not Found\n\n\(sentence)\n\n"), "\(answer.text)")
        #expect(answer.text.contains(Self.routes), "\(answer.text)")
        #expect(answer.headers[.cacheControl] == "no-store")
        try await production.get(path).expect(.notFound, body: "Not Found\n", headers: [(.vary, "Accept")])
    }

    @Test("A method that is not answered")
    func wrongMethod() async throws {
        let answer = try await development.get("/hello").expect(
            .methodNotAllowed,
            headers: [(.allow, "OPTIONS, POST")]
        )
        #expect(
            answer.text.hasPrefix(
                "405 Method Not Allowed\n\n/hello does not answer GET. It answers OPTIONS, POST.\n\nRoutes\n"
            ),
            "\(answer.text)"
        )
        try await production.get("/hello").expect(.methodNotAllowed, body: "Method Not Allowed\n")
    }

    @Test("An error that nothing answers")
    func broken() async throws {
        let text = try await development.get("/broken?token=abc&q=1", headers: [(.authorization, "Bearer x")]).expect(
            .internalServerError
        ).text
        #expect(text.hasPrefix("500 Internal Server Error\n\nBroken: Broken()\n\nHint: "), "\(text)")
        #expect(text.contains("\nRoute\n  Route  GET /broken\n  \(Self.here)\(Self.line + 2)\n"), "\(text)")
        #expect(text.contains("  > \(Self.line + 2) |         app.get(\"/broken\")"), "\(text)")
        #expect(text.contains("Swift keeps no trace of where an error was thrown"))
        #expect(text.contains("/broken?token=[redacted]&q=1") && text.contains("args[\"token\"]"), "\(text)")
        #expect(text.contains("Bearer [redacted]") && !text.contains("abc") && !text.contains("Bearer x"), "\(text)")
        try await production.get("/broken").expect(.internalServerError, body: "Internal Server Error\n")
    }

    @Test("Names of the form and of the session, not their values")
    func form() async throws {
        let text = try await development.post(
            "/form/",
            headers: [
                (.contentType, "application/x-www-form-urlencoded"),
                (.cookie, "theme=dark; session=x"),
            ],
            body: "card=4111&name=Ada"
        ).expect(.internalServerError).text
        #expect(text.contains("Names in the form     card, name"), "\(text)")
        #expect(text.contains("Names in the session  user"), "\(text)")
        #expect(text.contains("theme=[redacted]; session=[redacted]"), "\(text)")
        #expect(!text.contains("4111") && !text.contains("dark"))
    }

    @Test(
        "What is known of an error",
        arguments: [
            ("/users/7", "There is no route named &quot;usr&quot;. Did you mean &quot;user&quot;?"),
            ("/users/7", "<dt>id (int, Int)</dt><dd>7</dd>"),
            ("/decode", "<p class=\"message\">`payment.amount` is missing.</p>"),
            ("/bad", "<p class=\"status\">400</p>"),
            ("/gone", "<h2>Thrown</h2>\n<p class=\"place\">\(here)\(line + 3)</p>"),
        ]
    )
    func kinds(path: String, part: String) async throws {
        let text = try await development.get(path, headers: [(.accept, "text/html")]).text
        #expect(text.contains(part), "\(text)")
    }

    @Test("In the form that the client likes")
    func forms() async throws {
        let html: [(HTTPField.Name, String)] = [(.accept, "text/html,*/*;q=0.8")]
        let json: [(HTTPField.Name, String)] = [(.accept, "application/json, text/plain, */*")]
        let page = try await production.get("/gone", headers: html).expect(
            .gone,
            headers: [(.contentType, "text/html; charset=utf-8"), (.retryAfter, "1"), (.vary, "Accept")]
        )
        #expect(page.text.contains("<p class=\"message\">It &lt;was&gt; here.</p>") && !page.text.contains("Thrown"))
        let quiet = try await production.get("/bad", headers: html).expect(.badRequest)
        #expect(!quiet.text.contains("class=\"message\"") && quiet.text.contains("Request <code>"))
        let problem = try await production.get("/gone", headers: json).expect(
            .gone,
            headers: [(.contentType, "application/problem+json"), (.retryAfter, "1")]
        )
        #expect(
            problem.text.hasPrefix(
                #"{"type":"about:blank","title":"Gone","status":410,"detail":"It <was> here.","instance":""#
            )
        )
        #expect(try await development.get("/bad", headers: json).text.contains(#""detail":"#))
        #expect(try await production.get("/nowhere", headers: json).text.contains(#""title":"Not Found","status":404"#))
        let broken = try await development.get("/broken", headers: json).text
        #expect(broken.contains(#""error":"Broken""#) && broken.contains(#""hints":["#), "\(broken)")
        let explained = try await development.get("/broken", headers: html).text
        #expect(explained.contains("<h1>Broken</h1>") && explained.contains("class=\"marked\""))
    }

    @Test("An API tells everybody of problems, and a page that was registered comes first")
    func rules() async throws {
        let app = App(environment: .production)
        let api = Blueprint("api", prefix: "/api")
        api.problems(.always)
        for scaffold in [app, api] as [any Scaffold] {
            scaffold.get("/teapot") { () throws -> String in throw Abort(HTTPResponse.Status(code: 418), "Tea") }
        }
        api.get("/broken") { () -> String in throw Broken() }
        app.register(api)
        app.onStatus(.notFound) { _ in "nothing here" }
        let client = TestClient(app)
        let broken = try await client.get("/api/broken").expect(
            .internalServerError,
            headers: [(.contentType, "application/problem+json")]
        )
        #expect(broken.text.contains(#""title":"Internal Server Error","status":500,"instance""#))
        let type = try await client.get("/api/teapot").headers[.contentType]
        #expect(type == "application/problem+json")
        try await client.get("/teapot").expect(HTTPResponse.Status(code: 418), body: "Tea\n")
        let page = try await client.get("/nowhere", headers: [(.accept, "text/html")]).expect(
            .notFound,
            body: "nothing here"
        )
        #expect(page.headers.pairs.map(\.name).filter { $0.lowercased().hasPrefix("content-sec") }.isEmpty)
    }

    @Test("A form that was sent to an address without its slash")
    func redirects() async throws {
        let answer = try await development.post("/form", body: "a=1").expect(
            .permanentRedirect,
            headers: [(.location, "/form/")]
        )
        #expect(answer.text.hasPrefix("POST /form is redirected to /form/, which is the address of the route."))
        try await development.get("/form").expect(.permanentRedirect, body: "")
        try await production.post("/form", body: "a=1").expect(.permanentRedirect, body: "")
    }

    @Test("A template with a mistake, with its lines")
    func templates() async throws {
        let app = App(environment: .development)
        app.templates(DictionaryLoader(["page.html": "<p>\n{{ user.nam() }}</p>"]))
        app.get("/") { request in try request.render("page.html", ["user": ["name": "Ada"]]) }
        let text = try await TestClient(app).get("/").expect(.internalServerError).text
        #expect(text.contains("Template\n  page.html:2:"), "\(text)")
        #expect(text.contains("  2 | {{ user.nam() }}</p>"), "\(text)")
    }
}
