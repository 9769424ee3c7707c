import Testing

@testable import MartletFiles

@Suite struct FilePathTests {
    @Test(arguments: [
        ("/", "", true), ("", "", false), ("/a", "a", false), ("/a/", "a", true), ("/a/b.txt", "a/b.txt", false),
        ("/a%20b", "a b", false), ("/%61", "a", false), ("/%C3%BC", "ü", false), ("/a%25b", "a%b", false),
        // Decoded once: these are names with a percent sign.
        ("/%252e%252e", "%2e%2e", false), ("/%252f", "%2f", false), ("/a%2", "a%2", false), ("/a%zz", "a%zz", false),
        ("/a\\b", "a\\b", false), ("/%5c..%5c", "\\..\\", false), ("/...", "...", false),
        ("/.well-known/x", ".well-known/x", false), ("/a..b/c", "a..b/c", false), ("/a%3fb%23", "a?b#", false),
    ])
    func names(_ path: String, _ name: String, _ isFolder: Bool) {
        let isHidden = path.hasPrefix("/...")
        let found = FilePath(Array(path.utf8), showsHidden: isHidden)
        #expect(found.map { String(decoding: $0.name, as: UTF8.self) } == name)
        #expect(found?.isFolder == isFolder)
    }

    @Test(
        "What can be no file, hidden names shown or not",
        arguments: [
            "//", "//evil.com", "//evil.com/", "/a//b", "/a//", "///", "/..", "/../", "/../x", "/a/../b", "/a/..",
            "/./a", "/.",
            "/%2e%2e/x", "/%2E%2e", "/%2e", "/.%2e/x", "/a%2fb", "/a%2Fb", "/..%2fx", "/%2f", "/a%00", "/%00",
            "/a%00.txt",
            "a", "*", "a/b", "http:/x",
        ]
    )
    func none(_ path: String) {
        #expect(FilePath(Array(path.utf8), showsHidden: true) == nil)
        #expect(FilePath(Array(path.utf8), showsHidden: false) == nil)
    }

    @Test(arguments: [
        "/.git/config", "/a/.env", "/.env/", "/%2egit", "/a/.well-known", "/.well-known/.x", "/.well-knownx",
    ])
    func hidden(_ path: String) {
        #expect(FilePath(Array(path.utf8), showsHidden: true) != nil)
        #expect(FilePath(Array(path.utf8), showsHidden: false) == nil)
    }

    @Test func bytesThatAreNoTextStayAsTheyAre() {
        #expect(
            FilePath(Array("/%c0%ae%c0%ae/%ff".utf8), showsHidden: false)?.name == [0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0xFF]
        )
        #expect(FilePath(Array("/".utf8) + [0xFF], showsHidden: false)?.name == [0xFF])
    }

    @Test func nameOfAnyLengthDoesNotTrap() {
        #expect(FilePath(Array(("/" + String(repeating: "a", count: 5000)).utf8), showsHidden: false) == nil)
        #expect(FilePath(Array(String(repeating: "/", count: 5000).utf8), showsHidden: false) == nil)
        #expect(FilePath(Array(String(repeating: "/a", count: 2000).utf8), showsHidden: false)?.name.count == 3999)
    }
}
