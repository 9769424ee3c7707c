import HTTPTypes
import Logging
import MartletForms
import MartletGateway
import MartletSessions
import MartletTesting
import Testing

@testable import MartletFramework

/// Sessions of requests, and who may change something with them.
@Suite struct SessionTests {
    enum Kind: CaseIterable { case signed, sealed, stored }

    private func app(_ kind: Kind, _ keys: KeyRing = .random()) -> App {
        let app = App(environment: .development)
        // Before the sessions, which are there all the same.
        app.before { request in request.session["visits"] = .int((request.session["visits", as: Int.self] ?? 0) + 1) }
        app.get("/") { request in "\(request.session["user", as: String.self] ?? "nobody")" }
        app.post("/login") { request in
            request.session["user"] = "ada"
            request.session.flash("Welcome")
            return "in"
        }
        app.get("/flashes") { request in request.session.takeFlashes().map(\.text).joined(separator: "|") }
        app.get("/logout") { request in
            request.session.clear()
            return "out"
        }
        switch kind {
        case .signed: app.sessions(keys)
        case .sealed: app.sessions(keys, protection: .sealed)
        case .stored: app.sessions(keys, in: MemorySessionStore())
        }
        return app
    }

    /// The cookie that an answer sets, as the next request sends it.
    private func cookie(_ answer: TestResponse) -> String? {
        answer.headers[.setCookie]?.split(separator: ";").first.map(String.init)
    }

    @Test("A person logs in, is known, and logs out", arguments: Kind.allCases)
    func login(_ kind: Kind) async throws {
        let client = TestClient(app(kind))
        let login = try await client.post("/login").expect(.ok, headers: [(.vary, "Cookie")])
        let set = try #require(login.headers[.setCookie])
        #expect(set.hasPrefix("martlet_session=") && set.contains("; HttpOnly") && set.contains("; SameSite=Lax"))
        #expect(set.contains("ada") == false && !set.contains("; Secure"))
        let known = try #require(cookie(login))
        try await client.get("/", headers: [(.cookie, known)]).expect(.ok, body: "ada")
        let flashes = try await client.get("/flashes", headers: [(.cookie, known)]).expect(.ok, body: "Welcome")
        let after = cookie(flashes) ?? known
        try await client.get("/flashes", headers: [(.cookie, after)]).expect(.ok, body: "")
        let logout = try await client.get("/logout", headers: [(.cookie, after)])
        #expect(logout.headers[.setCookie]?.contains("Max-Age=0") == true)
        try await client.get("/", headers: [(.cookie, "martlet_session=\(known.dropFirst(20))")]).expect(
            .ok,
            body: "nobody"
        )
    }

    @Test("What is too much for a cookie is in the log, and the browser goes on", arguments: [Kind.signed, .sealed])
    func tooLarge(_ kind: Kind) async throws {
        let app = app(kind)
        app.get("/fill") { request in
            request.session["text"] = .string(String(repeating: "x", count: 5000))
            return "filled"
        }
        let notes = WebSocketTests.Notes()
        let client = TestClient(app, logger: Logger(label: "test") { _ in NotingHandler(notes: notes) })
        let known = try #require(cookie(try await client.post("/login")))
        let answer = try await client.get("/fill", headers: [(.cookie, known)]).expect(.ok, body: "filled")
        #expect(answer.headers[.setCookie] == nil)
        #expect(
            notes.all.contains {
                $0.hasPrefix("error: The session has ") && $0.contains("goes on with the session that it has")
            }
        )
        try await client.get("/", headers: [(.cookie, known)]).expect(.ok, body: "ada")
    }

    @Test("Messages that nobody looks at are forgotten, and the log says so")
    func forgottenFlashes() async throws {
        let app = app(.signed)
        app.get("/many/<int:count>") { (request: Request, count: Int) in
            for number in 0..<count { request.session.flash("\(number)") }
            return "done"
        }
        let notes = WebSocketTests.Notes()
        let logger = Logger(label: "test") { _ in NotingHandler(notes: notes) }
        try await TestClient(app, logger: logger).get("/many/20").expect(.ok)
        #expect(notes.all.isEmpty)
        try await TestClient(app, logger: logger).get("/many/21").expect(.ok)
        #expect(notes.all.count == 1 && notes.all[0].hasPrefix("warning: 20 messages of flash() wait already"))
    }

    @Test("Over https the cookie is for https only")
    func secure() async throws {
        let client = TestClient(app(.signed), scheme: "https")
        #expect(try await client.post("/login").headers[.setCookie]?.contains("; Secure") == true)
    }

    @Test("An app without sessions has empty ones")
    func none() async throws {
        let app = App()
        app.get("/") { request in
            request.session["user"] = "ada"
            return request.session["user", as: String.self] ?? "nobody"
        }
        let answer = try await TestClient(app).get("/").expect(.ok, body: "nobody")
        #expect(answer.headers[.setCookie] == nil)
    }

    @Test("The log says what a proxy in front has to be told")
    func hostBehindProxy() async throws {
        let notes = WebSocketTests.Notes()
        let client = TestClient(app(.signed), logger: Logger(label: "test") { _ in NotingHandler(notes: notes) })
        try await client.post("/login", headers: [(.origin, "https://shop.example")]).expect(.forbidden)
        #expect(notes.all.contains { $0.contains("403: ") && $0.contains("nginx: proxy_set_header Host $host") })
    }

    static let origins: [(fields: [(String, String)], status: HTTPResponse.Status)] = [
        ([], .ok), ([("Sec-Fetch-Site", "same-origin")], .ok), ([("Sec-Fetch-Site", "none")], .ok),
        ([("Sec-Fetch-Site", "cross-site")], .forbidden), ([("Sec-Fetch-Site", "same-site")], .forbidden),
        ([("Origin", "https://evil.example")], .forbidden), ([("Origin", "null")], .forbidden),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://friend.example")], .ok),
    ]

    @Test("Pages of other sites change nothing", arguments: origins)
    func crossOrigin(_ fields: [(String, String)], _ status: HTTPResponse.Status) async throws {
        let app = app(.signed)
        app.crossOrigin(.check(try CrossOriginCheck(trusting: ["https://friend.example"])))
        let headers = try fields.map { (try #require(HTTPField.Name($0.0)), $0.1) }
        try await TestClient(app).post("/login", headers: headers).expect(status)
        // Looking is free.
        try await TestClient(app).get("/", headers: headers).expect(.ok)
        let open = App()
        open.post("/") { "done" }
        open.crossOrigin(.allowAll)
        try await TestClient(open).post("/", headers: headers).expect(.ok)
    }
}
