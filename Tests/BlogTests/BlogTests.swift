import Foundation
import HTTPTypes
import Martlet
import MartletTesting
import Testing

@testable import blog

/// The blog in memory, each test with a database of its own.
@Suite struct BlogTests {
    /// A person with a browser, which keeps the cookie.
    final class Person {
        let client: TestClient
        private var cookie: String?

        init(_ app: App) { client = TestClient(app) }

        /// The same person before another server.
        init(_ other: Person, before app: App) {
            client = TestClient(app)
            cookie = other.cookie
        }

        func get(_ path: String) async throws -> TestResponse { try await keep(client.get(path, headers: headers)) }

        func post(_ path: String, _ fields: [String: String] = [:]) async throws -> TestResponse {
            let body = fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            let form: [(HTTPField.Name, String)] = [(.contentType, "application/x-www-form-urlencoded")]
            return try await keep(
                client.post(
                    path,
                    headers: headers + form,
                    body: .bytes(ByteBuffer(string: body.joined(separator: "&")))
                )
            )
        }

        private var headers: [(HTTPField.Name, String)] { cookie.map { [(.cookie, $0)] } ?? [] }

        private func keep(_ answer: TestResponse) -> TestResponse {
            if let set = answer.headers[.setCookie] { cookie = set.split(separator: ";").first.map(String.init) }
            return answer
        }

        func logIn(_ name: String) async throws {
            _ = try await post("/auth/register", ["name": name, "password": "secret of \(name)"])
            try await post("/auth/login", ["name": name, "password": "secret of \(name)"])
                .expect(.seeOther, headers: [(.location, "/")])
        }
    }

    private static let templates = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Examples/blog/templates").path()

    private func withBlog(_ body: (App) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "blog-\(UUID()).db").path()
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) } }
        try await body(blog(BlogSettings(database: file, templates: Self.templates)))
    }

    @Test("Registering needs a name, a password, and a name that nobody has")
    func register() async throws {
        try await withBlog { app in
            let ada = Person(app)
            #expect(
                try await ada.post("/auth/register", ["name": "", "password": "a"]).text.contains("A name is needed.")
            )
            #expect(
                try await ada.post("/auth/register", ["name": "ada", "password": ""]).text.contains(
                    "A password is needed."
                )
            )
            try await ada.post("/auth/register", ["name": "ada", "password": "a"]).expect(.seeOther)
            #expect(try await ada.get("/auth/login").text.contains("Welcome, ada. Now log in."))
            let again = try await ada.post("/auth/register", ["name": "ada", "password": "b"])
            #expect(again.text.contains("Somebody else is called ada."))
        }
    }

    @Test("Logging in and out")
    func login() async throws {
        try await withBlog { app in
            let ada = Person(app)
            for wrong in [["name": "ada", "password": "secret of ada"], ["name": "", "password": ""]] {
                #expect(
                    try await ada.post("/auth/login", wrong).text.contains("Nobody has this name and this password.")
                )
            }
            try await ada.logIn("ada")
            #expect(try await ada.get("/").text.contains("<span>ada</span>"))
            try await ada.post("/auth/logout").expect(.seeOther)
            #expect(try await !ada.get("/").text.contains("<span>ada</span>"))
        }
    }

    @Test("Writing, changing and deleting a post, which is escaped")
    func posts() async throws {
        try await withBlog { app in
            let ada = Person(app)
            try await ada.get("/create").expect(.found, headers: [(.location, "/auth/login")])
            try await ada.logIn("ada")
            #expect(try await ada.post("/create", ["title": "", "body": "kept"]).text.contains(">kept</textarea>"))
            try await ada.post("/create", ["title": "<b>1 & 2</b>", "body": "text"]).expect(.seeOther)
            let page = try await ada.get("/").text
            #expect(page.contains("&lt;b&gt;1 &amp; 2&lt;/b&gt;") && page.contains("href=\"/1/update\""))
            try await ada.post("/1/update", ["title": "second", "body": "other"]).expect(.seeOther)
            #expect(try await ada.get("/").text.contains("<h2>second</h2>"))
            try await ada.post("/1/delete").expect(.seeOther)
            #expect(try await ada.get("/").text.contains("Nobody has written anything yet."))
        }
    }

    @Test("Only the author changes a post")
    func author() async throws {
        try await withBlog { app in
            let (ada, bob) = (Person(app), Person(app))
            try await ada.logIn("ada")
            try await bob.logIn("bob")
            _ = try await ada.post("/create", ["title": "Ada's", "body": ""])
            #expect(try await !bob.get("/").text.contains("/1/update"))
            for path in ["/1/update", "/1/delete"] {
                #expect(
                    try await bob.post(path, ["title": "x"]).expect(.forbidden).text.contains(
                        "That is somebody else"
                    )
                )
            }
            #expect(try await bob.post("/2/delete").expect(.notFound).text.contains("There is nothing here."))
        }
    }

    @Test("A form of another site is refused in the words of the protection, not of the blog")
    func otherSite() async throws {
        try await withBlog { app in
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            let client = TestClient(app)
            let answer = try await client.post("/auth/login", headers: [(site, "cross-site")]).expect(.forbidden)
            #expect(!answer.text.contains("somebody else"))
        }
    }

    @Test("Who has logged in is known after a restart, and to a second server")
    func restart() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "blog-\(UUID()).db").path()
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) } }
        let settings = BlogSettings(
            database: file,
            secret: "a secret that outlives the program",
            templates: Self.templates
        )
        let ada = Person(try blog(settings))
        try await ada.logIn("ada")
        let later = Person(ada, before: try blog(settings))
        #expect(try await later.get("/").text.contains("<span>ada</span>"))
        try await later.post("/auth/logout").expect(.seeOther)
        // The first server has it from the same database that nobody is logged in any more.
        #expect(try await !ada.get("/").text.contains("<span>ada</span>"))
    }
}
