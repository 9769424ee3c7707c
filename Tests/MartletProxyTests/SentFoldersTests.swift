import HTTPTypes
import MartletGateway
import MartletHTTP1
import Testing

@testable import MartletProxy

/// Which file the head of an answer names.
@Suite struct SentFoldersTests {
    static func named(_ field: String, _ value: String, _ folders: [SentFolder]) -> UpstreamAnswer? {
        var headers = Headers()
        headers.append("X-Own", "1")
        headers.append(field, value)
        headers.append("X-Accel-Buffering", "no")
        let answer = UpstreamAnswer(status: .ok, headers: headers, body: .none)
        return SentFolders(folders)?.read(answer)
    }

    static let folders = [
        SentFolder(prefix: "/protected", folder: "/srv/files"),
        SentFolder(prefix: "/protected/more/", folder: "/srv/more/"),
        SentFolder(folder: "/srv/rest"),
    ]

    @Test(arguments: [
        ("/protected/a.pdf", "/srv/files", "a.pdf"), ("/protected/a%20b/%C3%A9", "/srv/files", "a b/é"),
        ("/protected/a.pdf?b#c", "/srv/files", "a.pdf"), ("/protected/more/a", "/srv/more/", "a"),
        ("/protected/mores", "/srv/files", "mores"), ("/protecteds/a", "/srv/rest", "protecteds/a"),
        ("/protected/a%2Fb", "/srv/files", "a/b"), ("/a%252e", "/srv/rest", "a%2e"),
    ])
    func byPath(path: String, folder: String, name: String) {
        let answer = Self.named("x-accel-REDIRECT", path, Self.folders)
        #expect(answer?.namedFile == .files([SentFolders.Place(folder: folder, name: Array(name.utf8))]))
        #expect(answer?.headers.pairs.map(\.name) == ["X-Own"])
    }

    @Test(arguments: [
        "/protected/../b", "/protected/%2e%2e/b", "/protected/", "/x//y", "a", "@other", "/a%00b", "http://h/a", "/./a",
    ])
    func whatIsNoPathOfAFile(path: String) {
        guard case .nothing? = Self.named("X-Accel-Redirect", path, Self.folders)?.namedFile else {
            Issue.record("\(path) is a file")
            return
        }
    }

    @Test func byTheFile() {
        let place = { (name: String) in SentFolders.Place(folder: "/srv/files", name: Array(name.utf8)) }
        #expect(Self.named("X-Sendfile", "/srv/files/a", Self.folders)?.namedFile == .files([place("a")]))
        #expect(
            Self.named("X-Sendfile", "/srv/files/a%20b", Self.folders)?.namedFile
                == .files([place("a%20b"), place("a b")])
        )
        for file in ["/srv/files", "/srv/files/../x", "/srv/filesx/a", "a", "/etc/passwd"] {
            guard case .nothing? = Self.named("X-Sendfile", file, Self.folders)?.namedFile else {
                Issue.record("\(file) is a file of the folders")
                continue
            }
        }
    }

    @Test func withoutFoldersTheFieldsMeanNothing() {
        #expect(SentFolders([]).map { _ in true } == nil)
        let answer = Self.named("Link", "</a>", Self.folders)
        #expect(answer?.namedFile == nil && answer?.headers.pairs.map(\.name) == ["X-Own", "Link"])
    }
}
