import Glibc
import HTTPTypes
import Logging
import MartletGateway
import MartletTesting
import NIOCore
import NIOPosix
import Testing

@testable import MartletFiles

@Suite struct FileApplicationTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        folder.makeFolder("root")
        folder.makeFolder("root/docs")
        folder.makeFolder("root/empty")
        folder.makeFolder("root/.git")
        folder.write("secret", "canary")
        folder.write("root/.git/config", "canary")
        folder.write("root/index.html", "<h1>top</h1>")
        folder.write("root/about.html", "about")
        folder.write("root/docs/index.html", "docs")
        folder.write("root/a.txt", "0123456789")
        folder.write("root/app.js", String(repeating: "var x = 1;\n", count: 1000))
        folder.write("root/app.js.gz", "gzipped")
        folder.write("root/app.js.br", "brotlied")
        folder.write("root/old.js", "newer than its sibling")
        folder.write("root/old.js.gz", "stale")
        folder.age("root/old.js.gz", to: 1_000_000_000)
        folder.write("root/large.bin", String(repeating: "x", count: 200_000))
        folder.link("root/leak.txt", to: "../secret")
    }

    private func client(_ change: (inout FilesConfiguration) -> Void = { _ in }) -> TestClient {
        var configuration = FilesConfiguration(root: folder.path + "/root")
        change(&configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let application = FileApplication(configuration, eventLoops: [loop], logger: Logger(label: "test"))
        return TestClient(application, eventLoop: loop)
    }

    @Test(
        "Paths against a canary",
        arguments: [
            "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/docs/../../secret", "/leak.txt", "/.git/config",
            "/%2egit/config",
            "/docs%2findex.html", "//a.txt", "/a.txt%00", "/a.txt/", "/%c0%ae%c0%ae/secret", "/%252e%252e/secret",
            "/empty/",
            "/empty", "/nothing", "/..%5csecret", "/a.txt%20", "/a.txt.", "/A.TXT", "/./a.txt", "/proc/self/environ",
        ]
    )
    func isNotThere(_ path: String) async throws {
        let answer = try await client().get(path)
        #expect(answer.status == .notFound)
        #expect(answer.text == "404 Not Found\n")
        #expect(answer.headers[.location] == nil)
    }

    @Test func twiceFromTheCacheAndOnce() async throws {
        let client = client()
        for _ in 0..<3 {
            let answer = try await client.get("/a.txt")
            #expect(answer.status == .ok)
            #expect(answer.text == "0123456789")
            #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(answer.headers[.acceptRanges] == "bytes")
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            #expect(answer.headers[.lastModified] != nil)
            #expect(answer.headers[.cacheControl] == nil)
        }
        #expect(try await client.get("/%61.txt").text == "0123456789")
        #expect(try await client.get("/large.bin").text.utf8.count == 200_000)
        #expect(try await client.head("/large.bin").text == "")
    }

    @Test func methods() async throws {
        let client = client()
        let wrong = try await client.post("/a.txt")
        #expect(wrong.status == .methodNotAllowed)
        #expect(wrong.headers[.allow] == "GET, HEAD, OPTIONS")
        let options = try await client.options("/a.txt")
        #expect(options.status == .noContent)
        #expect(options.headers[.allow] == "GET, HEAD, OPTIONS")
    }

    /// What an application with a folder before it is asked, and how the folder is asked.
    private func front(_ change: (inout FilesConfiguration) -> Void = { _ in }) -> TestClient {
        var configuration = FilesConfiguration(root: folder.path + "/root")
        configuration.index = []
        configuration.leavesUnknownTypes = true
        change(&configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let application = ApplicationClosure { request in
            .plain(.accepted, "\(request.method) \(request.mountPath)|\(request.path)")
        }
        let files = FileApplication(
            configuration,
            before: application,
            eventLoops: [loop],
            logger: Logger(label: "test")
        )
        return TestClient(Skipping(files: files, count: "/static".utf8.count), eventLoop: loop)
    }

    private struct Skipping: DirectApplication {
        let files: FileApplication
        let count: Int

        func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

        func begin(_ request: Request, for exchange: any Exchange) {
            files.begin(request, skipping: count, for: exchange)
        }
    }

    @Test(
        "what is no file, or not known what it is, is the application's, as it came",
        arguments: [
            "/static", "/static/", "/static/docs", "/static/docs/", "/static/nothing.css", "/static/leak.txt",
            "/static/.git/config", "/static/%2e%2e/secret", "/static//a.txt", "/static/docs%2findex.html",
            "/static/app.js.gz", "/static/odd.unknown", "/static/noext",
        ]
    )
    func theRest(_ path: String) async throws {
        folder.write("root/odd.unknown", "odd")
        folder.write("root/noext", "odd")
        let client = front()
        for _ in 0..<2 {
            let answer = try await client.get(path)
            #expect(answer.status == .accepted)
            #expect(answer.text.hasPrefix("GET |/static"))
        }
    }

    @Test func filesBeforeAnApplication() async throws {
        let client = front { $0.cache = CacheLifetime(seconds: 60, isPublic: true) }
        for _ in 0..<2 {
            let answer = try await client.get("/static/a.txt")
            #expect(answer.text == "0123456789")
            #expect(answer.headers[.cacheControl] == "public, max-age=60")
        }
        #expect(try await client.head("/static/docs/index.html").status == .ok)
        for method in [HTTPRequest.Method.post, .options, .delete] {
            let answer = try await client.send(TestRequest(method, "/static/a.txt"))
            #expect(answer.status == .accepted)
            #expect(answer.text == "\(method) |/static/a.txt")
        }
        folder.write("root/odd.unknown", "odd")
        #expect(try await front { $0.types = ["unknown": "text/odd"] }.get("/static/odd.unknown").text == "odd")
        #expect(try await front { $0.leavesUnknownTypes = false }.get("/static/app.js.gz").text == "gzipped")
    }

    @Test(arguments: [("/docs", "./docs/"), ("/docs?a=/b&c", "./docs/?a=/b&c"), ("/d%6fcs", "./d%6fcs/")])
    func aFolderIsAskedForWithItsSlash(_ path: String, _ location: String) async throws {
        let answer = try await client().get(path)
        #expect(answer.status == .movedPermanently)
        #expect(answer.headers[.location] == location)
        #expect(try await client().get("/docs/").text == "docs")
        #expect(try await client().get("/").text == "<h1>top</h1>")
    }

    @Test func severalIndexesAndAttempts() async throws {
        let client = client {
            $0.index = ["nothing.html", "about.html"]
            $0.attempts = ["{path}", "{path}.html", "/docs/{path}"]
        }
        #expect(try await client.get("/").text == "about")
        #expect(try await client.get("/about").text == "about")
        #expect(try await client.get("/index").text == "<h1>top</h1>")
        #expect(try await client.get("/index.html").text == "<h1>top</h1>")
        #expect(try await client.get("/secret").status == .notFound)
    }

    @Test func aFallbackIsForRoutesAndNotForFiles() async throws {
        let client = client {
            $0.fallback = "index.html"
            $0.cache = CacheLifetime(seconds: 2_592_000)
        }
        for path in ["/users/5", "/users/", "/empty", "/.git/config", "/../x", "/users"] {
            let answer = try await client.get(path)
            #expect(answer.status == .ok)
            #expect(answer.text == "<h1>top</h1>")
            #expect(answer.headers[.cacheControl] == "no-cache")
        }
        #expect(try await client.get("/missing.js").status == .notFound)
        #expect(try await client.get("/a.txt").headers[.cacheControl] == "max-age=2592000")
        #expect(try await client.get("/").headers[.cacheControl] == "no-cache")
    }

    @Test(
        "The smallest of those that the client likes best",
        arguments: [
            ("gzip", "gzipped"), ("br, gzip", "gzipped"), ("br;q=1, gzip;q=0.9", "brotlied"), ("*", "gzipped"),
            ("gzip;q=0, br", "brotlied"), ("gzip;q=0", ""), ("identity", ""), ("", ""), ("zstd", ""), ("*;q=0", ""),
            ("gzip;q=0.1, identity;q=0.5", ""), ("GZIP", "gzipped"), ("deflate, gzip;q=0.001", "gzipped"),
        ]
    )
    func precompressed(_ accepted: String, _ expected: String) async throws {
        let answer = try await client().get("/app.js", headers: [(.acceptEncoding, accepted)])
        #expect(answer.status == .ok)
        #expect(answer.headers[.vary] == "Accept-Encoding")
        #expect(answer.headers[.contentType] == "text/javascript; charset=utf-8")
        #expect(expected.isEmpty ? answer.text.hasPrefix("var x") : answer.text == expected)
        let coding = ["gzipped": "gzip", "brotlied": "br"][expected]
        #expect(answer.headers[.contentEncoding] == coding)
    }

    @Test func precompressedOnesHaveTagsOfTheirOwn() async throws {
        let client = client()
        let plain = try #require(try await client.get("/app.js").headers[.eTag])
        let zipped = try await client.get("/app.js", headers: [(.acceptEncoding, "gzip")])
        let tag = try #require(zipped.headers[.eTag])
        #expect(tag != plain)
        let again = try await client.get("/app.js", headers: [(.acceptEncoding, "gzip"), (.ifNoneMatch, tag)])
        #expect(again.status == .notModified)
        #expect(again.headers[.vary] == "Accept-Encoding")
        #expect(try await client.get("/app.js", headers: [(.ifNoneMatch, tag)]).status == .ok)
        // One that is older than the file is that of a former one.
        let old = try await client.get("/old.js", headers: [(.acceptEncoding, "gzip")])
        #expect(old.text == "newer than its sibling")
        #expect(old.headers[.vary] == nil)
        let off = self.client { $0.precompressed = false }
        #expect(try await off.get("/app.js", headers: [(.acceptEncoding, "gzip")]).headers[.contentEncoding] == nil)
    }

    @Test func conditionsAndRanges() async throws {
        let client = client()
        let part = try await client.get("/a.txt", headers: [(.range, "bytes=2-4")])
        #expect(part.status == .partialContent)
        #expect(part.text == "234")
        #expect(part.headers[.contentRange] == "bytes 2-4/10")
        let behind = try await client.get("/a.txt", headers: [(.range, "bytes=10-")])
        #expect(behind.status == .rangeNotSatisfiable)
        #expect(behind.headers[.contentRange] == "bytes */10")
        let modified = try #require(try await client.get("/a.txt").headers[.lastModified])
        #expect(try await client.get("/a.txt", headers: [(.ifModifiedSince, modified)]).status == .notModified)
        let large = try await client.get("/large.bin", headers: [(.range, "bytes=199999-")])
        #expect(large.status == .partialContent)
        #expect(large.text == "x")
    }

    @Test func aChangeIsSeenWithinASecond() async throws {
        let client = client()
        for name in ["a.txt", "large.bin"] {
            let first = try await client.get("/" + name)
            folder.write("root/" + name, "changed")
            let second = try await Self.eventually {
                try await client.get("/" + name)
            } until: {
                $0.text == "changed"
            }
            #expect(second.headers[.eTag] != first.headers[.eTag])
            unlink(folder.path + "/root/" + name)
            let third = try await Self.eventually {
                try await client.get("/" + name)
            } until: {
                $0.status == .notFound
            }
            #expect(third.status == .notFound)
        }
    }

    @Test func aFolderThatIsTurnedToAnotherOneIsTheOther() async throws {
        folder.makeFolder("next")
        folder.write("next/a.txt", "next")
        folder.link("current", to: "root")
        let client = client { $0.root = folder.path + "/current" }
        #expect(try await client.get("/a.txt").text == "0123456789")
        folder.link("turned", to: "next")
        rename(folder.path + "/turned", folder.path + "/current")
        let answer = try await Self.eventually {
            try await client.get("/a.txt")
        } until: {
            $0.text == "next"
        }
        #expect(answer.text == "next")
    }

    @Test func aFileThatHasJustChangedHasAWeakTag() async throws {
        let client = client()
        let tag = try #require(try await client.get("/a.txt").headers[.eTag])
        #expect(tag.hasPrefix("W/\""))
        let settled = try await Self.eventually {
            try await client.get("/a.txt")
        } until: {
            $0.headers[.eTag]?.hasPrefix("\"") == true
        }
        #expect(settled.headers[.eTag] == String(tag.dropFirst(2)))
    }

    @Test func withoutItsFolderNothingIsThere() async throws {
        let client = client { $0.root = folder.path + "/nothing" }
        #expect(try await client.get("/a.txt").status == .notFound)
    }

    private static func eventually(
        _ ask: () async throws -> TestResponse,
        until isRight: (TestResponse) -> Bool
    ) async throws -> TestResponse {
        var answer = try await ask()
        for _ in 0..<3000 where !isRight(answer) {
            try await Task.sleep(for: .milliseconds(10))
            answer = try await ask()
        }
        return answer
    }
}
