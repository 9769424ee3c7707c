import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletGateway

@Suite struct RequestTests {
    static func request(_ target: String, _ fields: [(String, String)] = []) -> Request {
        let connection = ConnectionInfo(
            remoteAddress: nil,
            localAddress: nil,
            eventLoop: EmbeddedEventLoop(),
            number: 36,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let head = RequestHead(method: "GET", target: target, fields: fields)
        return Request(head: head, connection: connection, body: .none, sequence: 7)
    }

    static let targets: [(target: String, path: String, query: String)] = [
        ("/", "/", ""),
        ("/a%20b?c=%20", "/a b", "c=%20"),
        ("/a?", "/a", ""),
        ("/a?b?c", "/a", "b?c"),
        ("/%2F%25%zz%4", "//%%zz%4", ""),
        ("/%C3%BC/%FF", "/ü/\u{FFFD}", ""),
        ("*", "", ""),
    ]

    @Test("Path and query", arguments: targets)
    func target(_ row: (target: String, path: String, query: String)) {
        let request = Self.request(row.target)
        #expect(request.target == row.target)
        #expect(request.path == row.path)
        #expect(request.query == row.query)
        #expect(request.mountPath == "")
        #expect(request.id == "10-7")
    }

    @Test("Mounting moves the cut between mount path and path, and nothing else")
    func mounts() {
        let request = Self.request("/a%20b/c/d?q")
        let outer = request.mounted(length: 6)
        #expect(outer.mountPath == "/a b")
        #expect(outer.path == "/c/d")
        let inner = outer.mounted(length: 2)
        #expect(inner.mountPath == "/a b/c")
        #expect(inner.path == "/d")
        #expect(inner.query == "q")
        #expect(inner.target == request.target)
        #expect(inner.mounted(length: 99).path == "")
        #expect(inner.mounted(length: -1).path == "/d")
    }

    @Test("Fields: any case, joined where a name comes twice")
    func fields() {
        let request = Self.request(
            "/",
            [("host", "a.example"), ("ACCEPT", "x"), ("Accept", "y"), ("Cookie", "a=1"), ("cookie", "b=2")]
        )
        #expect(request.authority == "a.example")
        #expect(request.headers[.accept] == "x, y")
        #expect(request.headers[.cookie] == "a=1; b=2")
        #expect(request.headers.values(for: .accept) == ["x", "y"])
        #expect(request.headers.contains(.accept))
        #expect(request.headers[.location] == nil)
        #expect(request.httpRequest.headerFields[.accept] == "x, y")
    }

    @Test("Storage is by type")
    func storage() {
        enum Name: RequestStorage.Key { typealias Value = String }
        enum Age: RequestStorage.Key { typealias Value = Int }
        var request = Self.request("/")
        request.storage[Name.self] = "Ada"
        request.storage[Age.self] = 36
        let copy = request
        request.storage[Name.self] = nil
        #expect(request.storage[Name.self] == nil)
        #expect(copy.storage[Name.self] == "Ada")
        #expect(copy.storage[Age.self] == 36)
    }
}
