import Foundation
import HTTPTypes
import MartletForms
import MartletGateway
import MartletTesting
import NIOCore
import Testing

@testable import MartletFramework

/// Forms with files.
@Suite struct FormTests {
    struct Post: Decodable { var title: String, tags: [String], isDraft: Bool }

    private static let type = "multipart/form-data; boundary=b"

    private static func part(_ disposition: String, _ content: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(content)\r\n"
    }

    private let app: App = {
        let app = App(environment: .development)
        app.post("/upload") { request in
            let form = try await request.form()
            let files = form.files.map { "\($0.name):\($0.clientName):\($0.safeName ?? "-"):\($0.size)" }
            return (form.values.pairs.map { "\($0.name)=\($0.value)" } + files).joined(separator: "|")
        }
        app.post("/save") { request in
            let form = try await request.form()
            let file = try form.file("photo")
            try await file.save(to: try form.require("path"))
            return "\(try await file.read().readableBytes)"
        }
        app.post("/decode") { request in
            let post = try await request.decode(Post.self)
            return "\(post.title) \(post.tags) \(post.isDraft)"
        }
        return app
    }()

    private func post(_ path: String, _ parts: [String], pieces: Int? = nil) async throws -> TestResponse {
        let body = parts.joined() + "--b--\r\n"
        let client = TestClient(app)
        guard let pieces else {
            return try await client.post(path, headers: [(.contentType, Self.type)], body: .text(body))
        }
        let bytes = Array(body.utf8)
        let chunks = stride(from: 0, to: bytes.count, by: pieces).map {
            ByteBuffer(bytes: bytes[$0..<min($0 + pieces, bytes.count)])
        }
        return try await client.post(path, headers: [(.contentType, Self.type)], body: .pieces(chunks))
    }

    @Test("Values and files, whole and in pieces", arguments: [nil, 1, 7])
    func upload(_ pieces: Int?) async throws {
        let parts = [
            Self.part("name=\"title\"", "Hello"), Self.part("name=\"photo\"; filename=\"../a b.jpg\"", "12345"),
            Self.part("name=\"none\"; filename=\"\"", ""),
        ]
        try await post("/upload", parts, pieces: pieces).expect(.ok, body: "title=Hello|photo:../a b.jpg:a_b.jpg:5")
    }

    @Test("A large file goes to the disk, and is saved whole", arguments: [10, 65_536, 1_000_000])
    func save(_ count: Int) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = String(
            (0..<count).map { "abcdefghij"["abcdefghij".index("abcdefghij".startIndex, offsetBy: $0 % 10)] }
        )
        let parts = [Self.part("name=\"path\"", path), Self.part("name=\"photo\"; filename=\"a\"", content)]
        try await post("/save", parts, pieces: 10_000).expect(.ok, body: "\(count)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
    }

    @Test("A name may be as long as a name can be")
    func longName() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let name = try #require(SafeFileName.make(from: String(repeating: "ü", count: 300) + ".jpg"))
        let path = "\(folder.path)/\(name)"
        let parts = [Self.part("name=\"path\"", path), Self.part("name=\"photo\"; filename=\"a\"", "x")]
        try await post("/save", parts).expect(.ok, body: "1")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
    }

    @Test("What cannot be saved is said")
    func notSaved() async throws {
        let parts = [Self.part("name=\"path\"", "/nowhere/at/all"), Self.part("name=\"photo\"; filename=\"a\"", "x")]
        let answer = try await post("/save", parts).expect(.internalServerError)
        #expect(answer.text.contains("could not be saved as /nowhere/at/all: No such file or directory"))
    }

    @Test("A file that did not come")
    func missing() async throws {
        let answer = try await post("/save", [Self.part("name=\"phot\"; filename=\"a\"", "x")]).expect(.badRequest)
        #expect(answer.text == "The form has no file \"photo\". Did you mean \"phot\"?\n")
        let plain = try await TestClient(app).post(
            "/save",
            headers: [(.contentType, "application/x-www-form-urlencoded")],
            body: "photo=a.jpg"
        ).expect(.badRequest)
        #expect(plain.text.contains("enctype=\"multipart/form-data\""))
    }

    @Test("Broken forms are 400, 413 and 415")
    func broken() async throws {
        let client = TestClient(app)
        try await client.post("/upload", headers: [(.contentType, Self.type)], body: "--b\r\nContent-Dis").expect(
            .badRequest
        )
        try await client.post("/upload", headers: [(.contentType, "text/plain")], body: "x").expect(
            .unsupportedMediaType
        )
        try await post("/upload", (0...1000).map { Self.part("name=\"\($0)\"", "x") }).expect(.contentTooLarge)
    }

    @Test("A form and JSON become the same value")
    func decode() async throws {
        let client = TestClient(app)
        let answer = "a [\"x\", \"y\"] true"
        try await client.post(
            "/decode",
            headers: [(.contentType, "application/x-www-form-urlencoded")],
            body: "title=a&tags=x&tags=y&isDraft=on"
        ).expect(.ok, body: answer)
        try await client.post(
            "/decode",
            headers: [(.contentType, "application/json")],
            body: #"{"title":"a","tags":["x","y"],"isDraft":true}"#
        ).expect(.ok, body: answer)
        try await client.post("/decode", body: "x").expect(.unsupportedMediaType)
    }
}
