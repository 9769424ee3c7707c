import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletFramework

/// Who is let in, and what everybody else is told.
@Suite struct GuardTests {
    struct Person: Sendable, Equatable { let name: String }

    private let basic = BasicGuard(realm: "The \"office\"") { name, password in
        name == "Ada" && password == "a:ü" ? Person(name: name) : nil
    }

    private func app(_ environment: App.Environment = .production) -> App {
        let app = App(environment: environment)
        app.get("/open") { "open" }
        app.guarded(by: basic).get("/one") { request in "Hello \(try request.identity(Person.self).name)" }
        let office = Blueprint("office", prefix: "/office")
        office.guard(basic)
        office.get("/", name: "index") { request in try request.url(for: ".index") }
        app.register(office)
        app.get("/forgotten") { request in try request.identity(Person.self).name }
        return app
    }

    private static func field(_ text: String) -> [(HTTPField.Name, String)] { [(.authorization, text)] }

    /// `Ada:a:ü`
    private static let right = "QWRhOmE6w7w="

    @Test("By route, by blueprint, and nowhere else")
    func places() async throws {
        let client = TestClient(app())
        try await client.get("/open").expect(.ok, body: "open")
        for path in ["/one", "/office/"] {
            let refused = try await client.get(path).expect(.unauthorized, body: "Unauthorized\n")
            #expect(refused.headers[.wwwAuthenticate] == #"Basic realm="The \"office\"", charset="UTF-8""#)
            #expect(refused.headers[.cacheControl] == "no-store")
        }
        try await client.get("/one", headers: Self.field("Basic " + Self.right)).expect(.ok, body: "Hello Ada")
        try await client.get("/office/", headers: Self.field("bASIC  " + Self.right)).expect(.ok, body: "/office/")
    }

    static let malformed: [(field: String, reason: String)] = [
        ("Basic !!!!", "What follows `Basic` is not base64."),
        ("Basic QWRh", "There is no colon between name and password."),
        ("Basic QWRhOgAB", "Name and password are not UTF-8, or have control characters."),
        ("Basic QWRhOv//", "Name and password are not UTF-8, or have control characters."),
        ("Bearer abc", "The Authorization field is of another scheme than Basic."),
        ("Basic QWRhOmE=", "Nobody has this name and this password."),
        ("Basic " + String(repeating: "A", count: 5000), "The Authorization field is longer than 4096 bytes."),
    ]

    @Test("Why is said in development only", arguments: malformed)
    func reasons(_ field: String, _ reason: String) async throws {
        let headers = Self.field(field)
        try await TestClient(app(.development)).get("/one", headers: headers).expect(.unauthorized, body: reason + "\n")
        try await TestClient(app()).get("/one", headers: headers).expect(.unauthorized, body: "Unauthorized\n")
    }

    @Test("An app's guard stands before what is not there, and before mounts")
    func wholeApp() async throws {
        let app = App(environment: .production)
        app.guard(BasicGuard(users: ["prometheus": "a secret of machines"]))
        app.mount("/inner", ApplicationClosure { request in .plain(.ok, request.storage[RemoteUser.self] ?? "nobody") })
        let client = TestClient(app)
        try await client.get("/nowhere").expect(.unauthorized)
        try await client.get("/inner").expect(.unauthorized)
        let field = Self.field("Basic cHJvbWV0aGV1czphIHNlY3JldCBvZiBtYWNoaW5lcw==")
        try await client.get("/nowhere", headers: field).expect(.notFound)
        try await client.get("/inner", headers: field).expect(.ok, body: "prometheus")
        try await client.get("/inner", headers: Self.field("Basic bm9ib2R5Og==")).expect(.unauthorized)
    }

    @Test("A route without a guard that asks who it is")
    func forgotten() async throws {
        let text = try await TestClient(app(.development)).get("/forgotten").expect(.internalServerError).text
        #expect(text.contains("Nobody has found out which Person makes this request. Put a guard before the route"))
    }

    static let tokens: [(field: String?, status: HTTPResponse.Status, challenge: String?)] = [
        ("Bearer good", .ok, nil), ("bearer good", .ok, nil),
        (nil, .unauthorized, #"Bearer realm="notes""#), ("Basic abc", .unauthorized, #"Bearer realm="notes""#),
        ("Bearer bad", .unauthorized, #"Bearer realm="notes", error="invalid_token""#),
        ("Bearer b a d", .badRequest, #"Bearer realm="notes", error="invalid_request""#),
        ("Bearer =", .badRequest, #"Bearer realm="notes", error="invalid_request""#),
        ("Bearer reader", .forbidden, #"Bearer realm="notes", error="insufficient_scope", scope="notes:write""#),
    ]

    @Test("Bearer tokens, by the codes of RFC 6750", arguments: tokens)
    func bearer(_ field: String?, _ status: HTTPResponse.Status, _ challenge: String?) async throws {
        let app = App(environment: .production)
        let good = SecretText("good")
        app.guard(
            BearerGuard(realm: "notes") { token in
                if token == "reader" { throw BearerFault.insufficientScope("notes:write") }
                return good.matches(token) ? Person(name: "Ada") : nil
            }
        )
        app.get("/") { request in try request.identity(Person.self).name }
        let headers = field.map(Self.field) ?? []
        let answer = try await TestClient(app).get("/", headers: headers).expect(status)
        #expect(answer.headers[.wwwAuthenticate] == challenge)
        try await TestClient(app).get("/", headers: headers + Self.field("Bearer good")).expect(
            field == nil ? .ok : .badRequest
        )
    }

    @Test("A secret shows nothing of itself")
    func secret() {
        #expect("\(SecretText("abc"))" == "(secret)")
        #expect(String(reflecting: SecretText("abc")) == "(secret)")
        #expect(SecretText("abc").matches("abc") && !SecretText("abc").matches("abd"))
    }

    @Test("Any text may be in the Authorization field")
    func anyField() async throws {
        let clients = [basic].map { guardian in
            let app = App(environment: .production)
            app.guard(guardian)
            app.get("/") { "in" }
            return TestClient(app)
        }
        let bearer = App(environment: .production)
        bearer.guard(BearerGuard { _ -> Person? in nil })
        var random = SystemRandomNumberGenerator()
        let letters = Array("Basicer QWRhOg==:/+-_~,\"\u{1}é")
        for _ in 0..<500 {
            let rest = String(
                (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in letters.randomElement(using: &random) }
            )
            for scheme in ["Basic ", "Bearer ", ""] {
                for client in clients + [TestClient(bearer)] {
                    let status = try await client.get("/", headers: Self.field(scheme + rest)).status
                    #expect([.unauthorized, .badRequest].contains(status), "\(scheme)\(rest)")
                }
            }
        }
    }
}
