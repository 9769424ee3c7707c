import Foundation
import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletFramework

/// Files as answers, and conditions.
@Suite struct FileTests {
    private final class Folder {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "/files-\(UUID().uuidString)"
            let files = FileManager.default
            try files.createDirectory(atPath: path + "/in/sub", withIntermediateDirectories: true)
            for (name, text) in [
                ("in/a.txt", "0123456789"), ("in/sub/b c.json", "{}"), ("in/.secret", "secret"), ("out.txt", "outside"),
            ] { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
            try files.createSymbolicLink(atPath: path + "/in/link", withDestinationPath: "../out.txt")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func client(_ folder: String) -> TestClient {
        let app = App(environment: .development)
        app.get("/a") { File(folder + "/in/a.txt") }
        app.get("/save") { File(folder + "/in/a.txt", as: "Bericht \"Ü\".txt") }
        app.get("/typed") { File(folder + "/in/a.txt", as: "plain.csv", type: "text/csv") }
        app.get("/missing") { File(folder + "/none") }
        app.get("/folder") { File(folder) }
        app.get("/in/<path:name>") { (name: String) in File(in: folder + "/in", name) }
        app.get("/nowhere/<path:name>") { (name: String) in File(in: folder + "/none", name) }
        return TestClient(app)
    }

    @Test("A file has a type, a tag and a date, and parts")
    func file() async throws {
        let folder = try Folder()
        let client = client(folder.path)
        let whole = try await client.get("/a").expect(
            .ok,
            body: "0123456789",
            headers: [(.contentType, "text/plain; charset=utf-8")]
        )
        let modified = try #require(whole.headers[.lastModified])
        #expect(whole.headers[.eTag] != nil)
        #expect(whole.headers[.contentLength] == "10")
        try await client.get("/a", headers: [(.ifModifiedSince, modified)]).expect(.notModified, body: "")
        try await client.get("/a", headers: [(.ifNoneMatch, whole.headers[.eTag] ?? "")]).expect(.notModified)
        try await client.get("/a", headers: [(.range, "bytes=2-4")]).expect(
            .partialContent,
            body: "234",
            headers: [(.contentRange, "bytes 2-4/10")]
        )
        try await client.get("/a", headers: [(.range, "bytes=20-")]).expect(.rangeNotSatisfiable)
        try await client.head("/a").expect(.ok, body: "", headers: [(.contentLength, "10")])
    }

    @Test("The name that a browser saves it as")
    func attachment() async throws {
        let folder = try Folder()
        let client = client(folder.path)
        try await client.get("/save").expect(
            .ok,
            headers: [
                (
                    .contentDisposition,
                    "attachment; filename=\"Bericht ___.txt\"; filename*=UTF-8''Bericht%20%22%C3%9C%22.txt"
                )
            ]
        )
        try await client.get("/typed").expect(
            .ok,
            headers: [(.contentDisposition, "attachment; filename=\"plain.csv\""), (.contentType, "text/csv")]
        )
        #expect(AttachmentName.disposition("../../etc/passwd") == "attachment; filename=\"passwd\"")
        #expect(AttachmentName.disposition("a\r\nb") == "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab")
        #expect(AttachmentName.disposition("/") == "attachment")
    }

    @Test("No name leads out of a folder")
    func inside() async throws {
        let folder = try Folder()
        let client = client(folder.path)
        try await client.get("/in/a.txt").expect(.ok, body: "0123456789")
        try await client.get("/in/sub/b%20c.json").expect(
            .ok,
            body: "{}",
            headers: [(.contentType, "application/json")]
        )
        for name in [
            "none", "sub", "sub/", "..%2fout.txt", "../out.txt", "sub/../../out.txt", "%2e%2e/out.txt", "link",
            ".secret", "./a.txt",
            "%2fetc/passwd", "a.txt%00", "sub/..%2f..%2fout.txt", String(repeating: "x", count: 5000),
        ] {
            let answer = try await client.get("/in/" + name)
            #expect(answer.status == .notFound, "\(name)")
        }
    }

    @Test("A path of the program's own that is not there is its fault, and said")
    func missing() async throws {
        let folder = try Folder()
        let client = client(folder.path)
        try await client.get("/missing").expect(
            .internalServerError,
            containing: "The file \"\(folder.path)/none\" cannot be sent: No such file or directory."
        )
        try await client.get("/folder").expect(.internalServerError)
        try await client.get("/nowhere/a").expect(.internalServerError, containing: "/none/a\" cannot be sent")
        #expect(
            "\(FileNotSent(path: "a", reason: "no"))".hasSuffix(
                "looked up from the folder that the program was started in."
            )
        )
    }

    @Test("Tags of one's own")
    func tags() async throws {
        let app = App()
        app.get("/post") { JSON([1, 2]).etag("v 7").header(.cacheControl, "no-cache") }
        app.get("/weak") { "text".etag("x", isWeak: true) }
        app.get("/dated") { "text".lastModified(at: 784_111_777) }
        app.get("/work") { request in
            if request.ifNoneMatch.contains("v7") { return Response.notModified(etag: "v7") }
            return Response.plain(.ok, "made")
        }
        let client = TestClient(app)
        try await client.get("/post").expect(.ok, body: "[1,2]", headers: [(.eTag, "\"v%207\"")])
        try await client.get("/post", headers: [(.ifNoneMatch, "\"a\", W/\"v%207\"")])
            .expect(.notModified, body: "", headers: [(.eTag, "\"v%207\""), (.cacheControl, "no-cache")])
        try await client.get("/post", headers: [(.ifMatch, "\"other\"")]).expect(.preconditionFailed)
        try await client.get("/post", headers: [(.range, "bytes=0-1")]).expect(.ok, body: "[1,2]")
        try await client.get("/weak", headers: [(.ifNoneMatch, "\"x\"")]).expect(.notModified)
        try await client.get("/dated", headers: [(.ifModifiedSince, "Sun, 06 Nov 1994 08:49:37 GMT")]).expect(
            .notModified
        )
        try await client.get("/dated", headers: [(.ifModifiedSince, "Sun, 06 Nov 1994 08:49:36 GMT")]).expect(
            .ok,
            body: "text"
        )
        for (tags, status) in [("\"v7\"", 304), ("W/\"v7\"", 304), ("*", 304), ("\"v\"", 200), ("v7", 200)] {
            #expect(try await client.get("/work", headers: [(.ifNoneMatch, tags)]).status.code == status, "\(tags)")
        }
    }
}
