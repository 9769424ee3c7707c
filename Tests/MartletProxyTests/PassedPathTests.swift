import Logging
import MartletGateway
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletProxy

/// Which path an upstream gets.
@Suite struct PassedPathTests {
    static func request(
        _ target: String,
        route: String,
        method: String = "GET",
        fields: [(String, String)] = [("Host", "h.example:8000")]
    ) throws -> Request {
        let head = RequestHead(method: method, target: target, fields: fields)
        let connection = ConnectionInfo(
            remoteAddress: try SocketAddress(ipAddress: "2001:db8::7", port: 1234),
            localAddress: try SocketAddress(ipAddress: "127.0.0.1", port: 8000),
            eventLoop: EmbeddedEventLoop(),
            number: 1,
            logger: Logger(label: "test")
        )
        let request = Request(head: head, connection: connection, body: .none, sequence: 1)
        let length = try MountPath(parsing: route).length(in: request.pathBytes)
        return request.mounted(length: length ?? 0)
    }

    @Test(
        arguments: [
            ("/", nil, "/a/b?c=d", "/a/b?c=d", ""),
            ("/api", nil, "/api/x", "/api/x", ""),
            ("/api", "/", "/api/x", "/x", "/api"),
            ("/api", "/", "/api", "/", "/api"),
            ("/api", "/v2", "/api/x?q", "/v2/x?q", "/api"),
            ("/api", "/v2/", "/api/x", "/v2/x", "/api"),
            ("/api", "/v2", "/api", "/v2", "/api"),
            ("/api", "/v2/", "/api/", "/v2/", "/api"),
            ("/", "/base", "/", "/base/", ""),
            ("/", "/base", "/x//y/%2e%2F?%0a", "/base/x//y/%2e%2F?%0a", ""),
            ("/a b", "/", "/a%20b/c", "/c", "/a%20b"),
            ("/", nil, "/..a/b..", "/..a/b..", ""),
            ("/", nil, "/a/../b", "/a/../b", ""),
        ] as [(String, String?, String, String, String)]
    )
    func aPathIsJoined(route: String, base: String?, sent: String, target: String, prefix: String) throws {
        let path = try PassedPath(of: Self.request(sent, route: route), base: base.map { Array($0.utf8) })
        #expect(path.target.map { String(decoding: $0, as: UTF8.self) } ?? sent == target)
        #expect(String(decoding: path.prefix, as: UTF8.self) == prefix)
    }

    @Test(arguments: [
        "/api/../admin", "/api/%2e%2e/admin", "/api/.%2E", "/api/x/../../admin", "/api/..%2fadmin", "/api/..\\admin",
        "/api/..;/admin", "/api/..;a=b/admin", "/api/./../x", "/api//../x", "/api/%2e%2e%5cx",
    ])
    func aPathThatLeadsOutIsRefused(sent: String) throws {
        for base in [nil, "/", "/v2"] {
            #expect(throws: PathLeavesRoute.self) {
                _ = try PassedPath(of: Self.request(sent, route: "/api"), base: base.map { Array($0.utf8) })
            }
        }
    }

    @Test func theClientIsTold() throws {
        let lines = ForwardedLines.lines(for: try Self.request("/", route: "/"), prefix: Array("/api".utf8))
        #expect(
            String(decoding: lines, as: UTF8.self) == """
                X-Forwarded-For: 2001:db8::7\r
                X-Real-IP: 2001:db8::7\r
                X-Forwarded-Proto: http\r
                X-Forwarded-Host: h.example:8000\r
                X-Forwarded-Port: 8000\r
                X-Forwarded-Prefix: /api\r
                Forwarded: for="[2001:db8::7]";host="h.example:8000";proto=http\r

                """
        )
    }

    @Test func whatIsKeptOfAConnectionIsForItsHostAndItsPrefix() throws {
        var cache = OwnLinesCache()
        let via = Via()
        let requests = try [("a", ""), ("a", ""), ("b", ""), ("a", "/p"), ("a", "")].map {
            (try Self.request("/", route: "/", fields: [("Host", $0.0)]), Array($0.1.utf8))
        }
        for (request, prefix) in requests {
            let lines = cache.lines(for: request, prefix: prefix, via: via)
            #expect(lines.forwarded == ForwardedLines.lines(for: request, prefix: prefix))
            #expect(lines.all == lines.forwarded + via.line(for: request))
            #expect(cache.lines(for: request, prefix: prefix, via: via) === lines)
        }
    }

    @Test func aRequestThatHasPassedIsKnown() throws {
        let via = Via()
        let line = String(decoding: via.line(for: try Self.request("/", route: "/")), as: UTF8.self)
        #expect(line.hasPrefix("Via: 1.1 martlet-"))
        let value = String(line.dropFirst(5).dropLast(1))  // CR LF is one character
        func head(_ via: String) -> RequestHead { RequestHead(method: "GET", target: "/", fields: [("via", via)]) }
        #expect(via.hasPassed(head(value)))
        #expect(via.hasPassed(head("2 other, \(value) (Martlet), 1.1 x")))
        #expect(!via.hasPassed(head("1.1 martlet-0, 1.1 x")))
        #expect(!Via().hasPassed(head(value)))
    }
}
