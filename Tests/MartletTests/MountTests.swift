import Martlet
import MartletTesting
import Testing

/// What the server serves inside of an app.
@Suite struct MountTests {
    private static let files = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()

    @Test("A misspelled setting keeps the app from starting, and says what was meant")
    func faults() throws {
        let app = App()
        app.mount("/legacy", WSGI("legacy:app", ["worker": "4"]))
        app.mount("/a", WSGI("legacy:app", ["workers": "many"]))
        app.mount("/b", Upstream("nowhere"))
        app.static(from: Self.files, ["listings": "on"])
        let error = #expect(throws: RegistrationError.self) { try app.prepare() }
        let faults = try #require(error).faults
        try #require(faults.count == 4)
        #expect(faults[0].hasSuffix("WSGI(\"legacy:app\"): there is no setting 'worker'; did you mean 'workers'?."))
        #expect(faults[1].contains("WSGI(\"legacy:app\"): workers = 'many': "))
        #expect(faults[2].contains("mount /b: Upstream(\"nowhere\"): "))
        #expect(faults[3].contains("there is no setting 'listings'; did you mean 'listing'?"))
        #expect(faults.allSatisfy { $0.hasPrefix("MartletTests/MountTests.swift:") })
    }

    @Test("What nobody has started says who does")
    func notStarted() async throws {
        let app = App(environment: .development)
        app.mount("/files", Files(Self.files))
        let answer = try await TestClient(app).get("/files/MountTests.swift")
        #expect(answer.status == .internalServerError)
        #expect(
            answer.text.contains("is mounted, but nobody has started it. App.run() does, and in tests App.withMounts")
        )
    }

    @Test("Files are served behind the hooks of the app, and routes below them go first")
    func files() async throws {
        let app = App()
        app.mount("/files", Files(Self.files))
        app.get("/files/own") { "own" }
        app.before { request in request.cookies["name"] == nil ? Response(status: .unauthorized) : nil }
        try await app.withMounts {
            let client = TestClient(app)
            try await client.get("/files/MountTests.swift").expect(.unauthorized)
            let file = try await client.get("/files/MountTests.swift", headers: [(.cookie, "name=ada")])
            #expect(file.status == .ok && file.text.contains("struct MountTests"))
            try await client.get("/files/own", headers: [(.cookie, "name=ada")]).expect(.ok, body: "own")
        }
    }

    @Test("The URL of a static file changes with its content, in blueprints as well")
    func staticURLs() throws {
        let app = App()
        app.static("/static", from: Self.files)
        let admin = Blueprint("admin", prefix: "/admin")
        admin.static("/assets", from: Self.files, name: "assets")
        app.register(admin)
        let url = try app.url(static: "MountTests.swift")
        #expect(url.wholeMatch(of: /\/static\/MountTests\.swift\?v=[0-9a-f]{12}/) != nil)
        #expect(
            try app.url(static: "MountTests.swift", in: "admin.assets").hasPrefix("/admin/assets/MountTests.swift?v=")
        )
        #expect(try app.url(static: "nothing.css") == "/static/nothing.css")
        #expect(try app.url(for: "static", ["filename": "a b.css", "v": 7]) == "/static/a%20b.css?v=7")
    }
}
