import MartletGateway
import Testing

@testable import MartletProxy

/// Which script a path is for.
@Suite struct ScriptFolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a.php", "index.php", "B.PHP", "style.css", "upload.jpg", "config.php~", "config.php.bak", ".env.php"] {
            folder.write(name, "")
        }
        for name in ["sub", "empty", ".git", ".well-known"] { folder.makeFolder(name) }
        for name in ["sub/index.php", "sub/b.php", ".git/x.php", ".well-known/c.php"] { folder.write(name, "") }
        folder.link("out.php", to: "/etc/passwd")
        folder.link("in.php", to: "a.php")
        folder.link("away", to: "/etc")
    }

    private func find(_ path: String, fallback: String? = nil) -> String {
        let scripts = ScriptsOfUpstream(root: folder.path, index: "index.php", ending: ".php", fallback: fallback)
        switch ScriptFolder(scripts).find(Array(path.utf8)) {
        case .script(let script):
            #expect(String(decoding: script.folder, as: UTF8.self) == folder.path)
            return "\(String(decoding: script.name, as: UTF8.self)) \(String(decoding: script.pathInfo, as: UTF8.self))"
        case .file: return "file"
        case .folder: return "folder"
        case .missing: return "missing"
        case .failed(let error): return "\(error)"
        }
    }

    static let rows: [(path: String, found: String, withFallback: String)] = [
        ("/a.php", "/a.php ", "/a.php "),
        ("/a.php/b/c", "/a.php /b/c", "/a.php /b/c"),
        ("/a.php/x%2Fy.php", "/a.php /x/y.php", "/a.php /x/y.php"),
        ("/a.php/", "/a.php /", "/a.php /"),
        ("/%61.php", "/a.php ", "/a.php "),
        ("/B.PHP", "/B.PHP ", "/B.PHP "),
        ("/", "/index.php ", "/index.php "),
        ("", "folder", "folder"),
        ("/sub", "folder", "folder"),
        ("/sub/", "/sub/index.php ", "/sub/index.php "),
        ("/sub/b.php/i", "/sub/b.php /i", "/sub/b.php /i"),
        ("/in.php", "/in.php ", "/in.php "),
        ("/.well-known/c.php", "/.well-known/c.php ", "/.well-known/c.php "),
        // Files.
        ("/style.css", "file", "file"),
        ("/upload.jpg", "file", "file"),
        // The hole: what is no script is none, whatever follows it.
        ("/upload.jpg/x.php", "missing", "missing"),
        ("/upload.jpg/", "missing", "missing"),
        ("/upload.jpg%00.php", "missing", "missing"),
        ("/a.php%00", "missing", "/index.php "),
        ("/a.php/%00", "missing", "missing"),
        ("/a.php%0a", "missing", "/index.php "),
        ("/a.php%20", "missing", "/index.php "),
        ("/a.php.", "missing", "/index.php "),
        // What is not there is not asked for.
        ("/missing.php", "missing", "missing"),
        ("/missing.php/x", "missing", "missing"),
        ("/sub/missing.PHP", "missing", "missing"),
        ("/nice/path", "missing", "/index.php "),
        ("/empty/", "missing", "/index.php "),
        ("/empty", "missing", "/index.php "),
        ("//a.php", "missing", "missing"),
        ("/./a.php", "missing", "missing"),
        ("/sub/../a.php", "missing", "missing"),
        ("/sub%2Fb.php", "missing", "missing"),
        // Nor is what is hidden or outside.
        ("/.env.php", "missing", "missing"),
        ("/.git/x.php", "missing", "missing"),
        ("/out.php", "missing", "missing"),
        ("/away/passwd", "missing", "/index.php "),
        ("/config.php~", "missing", "missing"),
        ("/config.php.bak", "missing", "missing"),
    ]

    @Test("A path is for", arguments: rows)
    func paths(row: (path: String, found: String, withFallback: String)) {
        #expect(find(row.path) == row.found)
        #expect(find(row.path, fallback: "index.php") == row.withFallback)
    }

    @Test("A fallback that is not there is none")
    func fallback() { #expect(find("/nice", fallback: "front.php") == "missing") }
}
