import HTTPTypes
import MartletGateway
import MartletTemplates
import MartletTesting
import Testing

@testable import MartletFramework

/// Routes of hosts, and URLs that know where they are.
@Suite struct HostTests {
    private func app() -> App {
        let app = App(environment: .development)
        app.get("/", name: "home") { "every host" }
        app.get("/links") { request in
            try ["home", "api.index", "tenant.page"].map { name in
                try request.url(for: name, name == "tenant.page" ? ["tenant": "acme", "id": 7] : [:])
            }.joined(separator: " ")
        }
        let api = Blueprint("api", host: "API.example.org")
        api.get("/", name: "index") { "api" }
        api.post("/only") { "posted" }
        api.get("/links") { request in
            try [request.url(for: ".index"), request.url(for: "home", anchor: "über uns", external: true)].joined(
                separator: " "
            )
        }
        app.register(api)
        let tenant = Blueprint("tenant", host: "<tenant>.example.org")
        tenant.get("/page/<int:id>", name: "page") { (tenant: String, id: Int) in "\(tenant) \(id)" }
        tenant.get("/self/<int:id>") { (request: Request, _: String, id: Int) in
            try request.url(for: ".page", ["id": id])
        }
        app.register(tenant)
        app.host("<int:shard>.<zone>.example.net") { shard in
            shard.get("/<name>") { (zone: String, shard: Int, name: String) in "\(shard) of \(zone): \(name)" }
        }
        return app
    }

    private static func at(_ host: String) -> [(HTTPField.Name, String)] {
        HTTPField.Name("Host").map { [($0, host)] } ?? []
    }

    static let cases: [(host: String, path: String, body: String)] = [
        ("api.example.org", "/", "api"), ("API.Example.ORG.:8080", "/", "api"), ("example.org", "/", "every host"),
        ("other.example.org", "/", "every host"), ("acme.example.org", "/page/7", "acme 7"),
        ("[::1]:80", "/", "every host"), ("7.eu.example.net", "/x", "7 of eu: x"),
        ("x.eu.example.net", "/", "every host"),
        (String(repeating: "a.", count: 200) + "example.org", "/", "every host"), ("..", "/", "every host"),
        ("%61pi.example.org", "/", "every host"),
        ("acme.example.org", "/self/7", "/page/7"),
        ("example.org:8080", "/links", "/ http://api.example.org:8080/ http://acme.example.org:8080/page/7"),
        ("api.example.org", "/links", "/ http://api.example.org/#%C3%BCber%20uns"),
    ]

    @Test("The host that fits best, then every host's routes", arguments: cases)
    func hosts(_ host: String, _ path: String, _ body: String) async throws {
        try await TestClient(app()).get(path, headers: Self.at(host)).expect(.ok, body: body)
    }

    @Test("Methods of both are allowed")
    func methods() async throws {
        let answer = try await TestClient(app()).get("/only", headers: Self.at("api.example.org")).expect(
            .methodNotAllowed
        )
        #expect(answer.headers[.allow] == "OPTIONS, POST")
        try await TestClient(app()).get("/only").expect(.notFound)
        try await TestClient(app()).get("/page/7", headers: Self.at("a.b.example.org")).expect(.notFound)
    }

    static let badHosts: [(host: String, text: String)] = [
        ("*.example.org", "write <name> instead of the asterisk, so that the part has a name"),
        ("https://example.org", "it is a name, not a URL"), ("example.org:80", "a name has no port"),
        ("", "the name is missing"),
        ("<path:x>.example.org", "a part of a host's name is no `path`"),
    ]

    @Test("Hosts that are none", arguments: badHosts)
    func faults(_ host: String, _ text: String) {
        let app = App()
        app.host(host) { $0.get("/") { "" } }
        let error = #expect(throws: RegistrationError.self) { try app.prepare() }
        #expect(error?.faults.count == 1 && error?.faults.first?.contains(text) == true, "\(String(describing: error))")
    }

    @Test("The same host under two names, and a handler that takes too little")
    func clashes() {
        let app = App()
        app.host("<a>.example.org") { $0.get("/") { "" } }
        app.host("<b>.example.org") { $0.get("/x") { "" } }
        app.host("<a>.example.com") { $0.get("/<int:id>") { (id: Int) in "\(id)" } }
        let faults = (#expect(throws: RegistrationError.self) { try app.prepare() })?.faults ?? []
        #expect(faults.count == 2)
        #expect(faults.contains { $0.contains("its host is the same as /org/example/<a>, with other names") })
        #expect(faults.contains { $0.contains("it has 2 parameters (a, id), but the handler takes 1 value") })
    }

    @Test("Below a mount, and in a page")
    func mounted() async throws {
        let inner = App(environment: .production)
        inner.templates(
            DictionaryLoader([
                "page": "{{ url_for('.b', id=1, _anchor='top') }} {{ url_for('part.b', id=2, _external=true) }}"
            ])
        )
        let part = Blueprint("part", prefix: "/part")
        part.get("/<int:id>", name: "b") { (id: Int) in "\(id)" }
        part.get("/page") { request in try request.render("page") }
        inner.register(part)
        let outer = App()
        outer.mount("/in ner", inner)
        try await TestClient(outer).get("/in%20ner/part/page").expect(
            .ok,
            body: "/in%20ner/part/1#top http://localhost/in%20ner/part/2"
        )
        #expect(throws: URLBuildingError.self) { try inner.url(for: "part.c", ["id": 1]) }
        #expect(try inner.url(for: "part.b", ["id": 1, "q": "a b"], anchor: "x y") == "/part/1?q=a%20b#x%20y")
    }

    /// A converter of one's own.
    struct Color: PathConvertible, Equatable {
        let red: UInt8

        init(red: UInt8) { self.red = red }

        init?(pathParameter text: String) {
            guard text.count == 2, let red = UInt8(text, radix: 16), text == text.lowercased() else { return nil }
            self.red = red
        }

        var pathParameter: String { (red < 16 ? "0" : "") + String(red, radix: 16) }
    }

    @Test("A type of one's own holds both ways")
    func ownConverter() async throws {
        let app = App()
        app.get("/paint/<color>", name: "paint") { (color: Color) in "\(color.red)" }
        try await TestClient(app).get("/paint/0a").expect(.ok, body: "10")
        try await TestClient(app).get("/paint/0A").expect(.notFound)
        #expect(try app.url(for: "paint", ["color": Color(red: 10)]) == "/paint/0a")
        #expect(try app.url(for: "paint", ["color": "ff"]) == "/paint/ff")
        let error = #expect(throws: URLBuildingError.self) { try app.url(for: "paint", ["color": "red"]) }
        #expect(error?.description == "The URL /paint/<color> takes Color for `color`, not \"red\".")
    }

    struct Refusing: Middleware {
        func respond(to request: Request, next: any Application) async throws -> Response {
            if request.path == "/refused" { throw Abort(.forbidden) }
            var response = try await next.respond(to: request)
            response.headers.append(.via, try request.url(for: "home"))
            return response
        }
    }

    @Test("Middleware knows the names, and so does the page of what it throws")
    func middleware() async throws {
        let app = App(environment: .production)
        app.templates(DictionaryLoader(["error": "{{ url_for('home') }}"]))
        app.use(Refusing())
        app.get("/home", name: "home") { "home" }
        app.onStatus(.forbidden) { request in try request.render("error") }
        #expect(try await TestClient(app).get("/home").expect(.ok).headers[.via] == "/home")
        try await TestClient(app).get("/refused").expect(.forbidden, body: "/home")
    }

    @Test("Any text may be in the Host field")
    func anyHost() async throws {
        let client = TestClient(app())
        var random = SystemRandomNumberGenerator()
        let letters = Array("ab.:[]<>*%@/0-é \\")
        for _ in 0..<500 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &random)).compactMap { _ in letters.randomElement(using: &random) }
            )
            let answer = try await client.get(
                "/",
                headers: Self.at(text + (Bool.random(using: &random) ? ".example.org" : ""))
            )
            #expect(answer.status == .ok, "\(text)")
        }
    }
}
