import Logging
import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import NIOPosix
import Testing

/// What upstreams and scripts are told.
struct RequestVariablesTests {
    private static let row: [(String, String)] = [
        ("Host", "shop.test:81"), ("X-Many", "a"), ("Cookie", "a=1"), ("x-many", "b"), ("Cookie", "b=2"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "5"), ("Proxy", "evil"), ("Connection", "keep-alive, upgrade"), ("Upgrade", "websocket"),
        ("TE", "trailers"),
        ("Transfer-Encoding", "chunked"), ("X_Under", "1"), ("User-Agent", "test"),
    ]

    private static func request(_ target: String, mount: Int = 0, isSecure: Bool = false) throws -> Request {
        let connection = ConnectionInfo(
            remoteAddress: try SocketAddress(ipAddress: "192.0.2.1", port: 4711),
            localAddress: try SocketAddress(ipAddress: "198.51.100.1", port: 8443),
            scheme: isSecure ? "https" : "http",
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            number: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let head = RequestHead(method: "POST", target: target, fields: row)
        return Request(head: head, connection: connection, body: .none, sequence: 1).mounted(length: mount)
    }

    @Test("A request as variables")
    func request() throws {
        let request = try Self.request("/a%20b/c%2Fd?q=%20", mount: 6, isSecure: true)
        let variables = try CGIVariables(of: request, .init(length: 5))
        #expect(
            variables.pairs.map { "\($0.name)=\($0.value)" } == [
                "CONTENT_LENGTH=5", "GATEWAY_INTERFACE=CGI/1.1", "SERVER_SOFTWARE=martlet", "SERVER_PROTOCOL=HTTP/1.1",
                "REQUEST_METHOD=POST", "REQUEST_URI=/a%20b/c%2Fd?q=%20", "SCRIPT_NAME=/a b", "PATH_INFO=/c/d",
                "QUERY_STRING=q=%20",
                "SERVER_NAME=198.51.100.1", "SERVER_PORT=8443", "REMOTE_ADDR=192.0.2.1", "REMOTE_PORT=4711",
                "REQUEST_SCHEME=https", "HTTPS=on", "HTTP_HOST=shop.test:81", "HTTP_X_MANY=a,b", "HTTP_COOKIE=a=1; b=2",
                "CONTENT_TYPE=text/plain", "HTTP_USER_AGENT=test",
            ]
        )
    }

    @Test("SCGI has its length first in any case, and says what it is")
    func lengthFirst() throws {
        let variables = try CGIVariables(of: try Self.request("/"), .init(length: 0), over: .scgi)
        #expect(variables.pairs.prefix(2).map(\.name) == ["CONTENT_LENGTH", "SCGI"])
    }

    @Test("Fields of an upgrade are passed on where there is one")
    func upgrade() throws {
        let variables = try CGIVariables(of: try Self.request("/"), .init(length: nil, upgrades: true))
        #expect(variables["HTTP_CONNECTION"] == "keep-alive, upgrade" && variables["HTTP_UPGRADE"] == "websocket")
        #expect(variables["HTTP_TE"] == nil && variables["CONTENT_LENGTH"] == nil)
    }

    @Test("More than the limits allow cannot be passed on")
    func limits() throws {
        let request = try Self.request("/")
        #expect(throws: CGIVariables.Overflow.tooManyVariables(limit: 8)) {
            try CGIVariables(of: request, .init(length: 5), limits: .init(count: 8))
        }
        #expect(throws: CGIVariables.Overflow.tooManyBytes(limit: 100)) {
            try CGIVariables(of: request, .init(length: 5), limits: .init(bytes: 100))
        }
    }

    @Test(
        "Variables become the same request again",
        arguments: ["/", "/a%20b/c%2Fd?q=%20", "//x//", "/a/../b", "/caf%C3%A9?", "/%FF%00"],
        [0, 1]
    )
    func roundTrip(target: String, isSecure: Int) throws {
        let request = try Self.request(target, isSecure: isSecure == 1)
        let variables = try CGIVariables(of: request, .init(length: 5))
        let (said, head) = try CGIRequestReaderTests.read(variables)
        #expect(head.string(head.target) == target)
        #expect(head.string(head.path) == request.head.string(request.head.path))
        #expect(said.mountLength == 0 && said.length == .known(5))
        #expect(said.origin.isSecure == (isSecure == 1))
    }
}
