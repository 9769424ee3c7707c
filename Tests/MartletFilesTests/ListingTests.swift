import Glibc
import HTTPTypes
import Logging
import MartletGateway
import MartletTesting
import NIOCore
import NIOPosix
import Testing

@testable import MartletFiles

@Suite struct ListingTests {
    let folder: TemporaryFolder
    let client: TestClient

    init() throws {
        folder = try TemporaryFolder()
        folder.makeFolder("root")
        folder.makeFolder("root/b dir")
        folder.makeFolder("root/A")
        folder.write("root/z.txt", "12345")
        folder.write("root/a&<b>\"'.txt", "1")
        folder.write("root/javascript:alert(1)", "1")
        folder.write("root/.hidden", "1")
        folder.write("secret", "1")
        folder.link("root/out", to: "../secret")
        folder.link("root/in", to: "z.txt")
        folder.makeFolder("root/b dir/c")
        mkfifo(folder.path + "/root/fifo", 0o644)
        let file = [UInt8]((folder.path + "/root/").utf8) + [0xFF, 0xFE] + Array(".bin".utf8) + [0]
        file.withUnsafeBytes { bytes in
            if let path = bytes.bindMemory(to: CChar.self).baseAddress { close(open(path, O_CREAT | O_WRONLY, 0o644)) }
        }
        var configuration = FilesConfiguration(root: folder.path + "/root")
        configuration.listing = true
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        client = TestClient(
            FileApplication(configuration, eventLoops: [loop], logger: Logger(label: "test")),
            eventLoop: loop
        )
    }

    @Test func foldersFirstThenByName() async throws {
        let page = try await client.get("/")
        #expect(page.status == .ok)
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        #expect(page.headers[.vary] == "Accept")
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        let links = page.text.split(separator: "<td><a href=\"").dropFirst().compactMap {
            $0.split(separator: "\"").first
        }
        #expect(
            links == [
                "./A/", "./b%20dir/", "./a%26%3Cb%3E%22%27.txt", "./in", "./javascript%3Aalert%281%29", "./z.txt",
                "./%FF%FE.bin",
            ]
        )
        #expect(page.text.contains("a&amp;&lt;b&gt;&quot;&#39;.txt"))
        #expect(!page.text.contains("<script"))
        for name in ["hidden", "fifo", "out<", "secret"] { #expect(!page.text.contains(name)) }
    }

    @Test func linksLeadWhereTheySay() async throws {
        for path in ["/a%26%3Cb%3E%22%27.txt", "/%FF%FE.bin", "/javascript%3Aalert%281%29", "/b%20dir/", "/in"] {
            #expect(try await client.get(path).status == .ok)
        }
        #expect(try await client.get("/b%20dir").headers[.location] == "./b%20dir/")
        let below = try await client.get("/b%20dir/c/").text
        #expect(below.contains(#"<a href="../../" aria-label="top">/</a><a href="../">b dir</a>/<span>c</span>/"#))
        #expect(below.contains("This folder is empty."))
    }

    @Test(arguments: [
        ("application/json", true), ("application/json, text/html;q=0.5", true), ("*/*", false),
        ("text/html, application/json;q=0.9", false), ("application/json;q=0", false),
    ])
    func jsonForThoseWhoAskForIt(_ accept: String, _ isJSON: Bool) async throws {
        let answer = try await client.get("/", headers: [(.accept, accept)])
        #expect(answer.headers[.contentType] == (isJSON ? "application/json" : "text/html; charset=utf-8"))
        guard isJSON else { return }
        #expect(answer.text.hasPrefix(#"{"path": "/", "complete": true, "entries": ["#))
        #expect(answer.text.contains(#"{"name": "z.txt", "url": "./z.txt", "type": "file", "size": 5, "modified": ""#))
        #expect(answer.text.contains(#"{"name": "a&<b>\"'.txt", "url": "./a%26%3Cb%3E%22%27.txt""#))
        #expect(answer.text.contains("{\"name\": \"\u{FFFD}\u{FFFD}.bin\", \"url\": \"./%FF%FE.bin\""))
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (1536, "1.5 KB"), (10_240, "10 KB"), (1 << 20, "1.0 MB"),
        (5 << 30, "5.0 GB"), (Int.max, "8192 PB"),
    ])
    func sizes(_ bytes: Int, _ text: String) {
        #expect(FolderListing.size(bytes) == text)
    }
}
