import MartletFolders
import Testing

@testable import MartletFiles

@Suite struct MediaTypesTests {
    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("a/b.CSS", "text/css; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"), ("data.json", "application/json"),
        ("app.js.map", "application/json"),
        ("a.wasm", "application/wasm"), ("a.woff2", "font/woff2"), ("a.avif", "image/avif"), ("a.webp", "image/webp"),
        ("site.webmanifest", "application/manifest+json"), ("a.svg", "image/svg+xml"), ("a.tar.gz", "application/gzip"),
        ("a.pdf", "application/pdf"), ("README", "application/octet-stream"), (".html", "application/octet-stream"),
        ("a.", "application/octet-stream"), ("a.nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("b.html/x", "application/octet-stream"), ("a.GMI", "text/gemini; charset=utf-8"), ("a.ts", "text/x; v=1"),
    ])
    func types(_ name: String, _ type: String) {
        let types = MediaTypes(additions: ["gmi": "text/gemini", "TS": "text/x; v=1"], charset: "utf-8")
        #expect(types.type(of: Array(name.utf8)) == type)
    }

    @Test func charsetCanBeOff() {
        #expect(MediaTypes(additions: [:], charset: nil).type(of: Array("a.txt".utf8)) == "text/plain")
    }
}
