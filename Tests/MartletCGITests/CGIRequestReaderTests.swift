import Foundation
import HTTPTypes
import MartletCGI
import MartletGateway
import MartletHTTP1
import Testing

struct CGIRequestReaderTests {
    static func read(
        _ variables: CGIVariables,
        over carrier: CGIProtocol = .uwsgi,
        limits: HeadLimits = HeadLimits()
    ) throws -> (CGIRequest, RequestHead) {
        let head = RequestHead()
        let said = try CGIRequestReader(limits: limits, over: carrier).read(variables, into: head)
        return (said, head)
    }

    static func parts(_ said: CGIRequest, _ head: RequestHead) -> (mount: String, path: String, query: String) {
        let path = head.string(head.path)
        let mount = String(decoding: path.utf8.prefix(said.mountLength), as: UTF8.self)
        let rest = String(decoding: path.utf8.dropFirst(said.mountLength), as: UTF8.self)
        return (
            mount.removingPercentEncoding ?? "?", rest.removingPercentEncoding ?? "?", head.query.map(head.string) ?? ""
        )
    }

    // MARK: - What real peers send

    @Test("What a real server sends becomes what its client asked for", arguments: PeerRequest.all)
    func peers(request: PeerRequest) throws {
        let (said, head) = try Self.read(try request.variables(), over: request.carrier)
        let parts = Self.parts(said, head)
        #expect(parts.mount == request.mount)
        #expect(parts.path == request.path)
        #expect(parts.query == request.query)
        #expect(said.origin.address == Array("127.0.0.1".utf8))
        #expect(said.origin.port == 40_000)
        #expect(said.origin.isSecure != true)
        #expect(
            String(decoding: said.origin.serverName ?? [], as: UTF8.self)
                == (parts.path == "/abs" && request.peer.hasPrefix("apache") ? "other.test" : "shop.test")
        )
        #expect(said.origin.user == nil)
        for field in head.fields {
            let name = head.string(field.name)
            #expect(!["proxy", "connection", "te", "upgrade", "transfer-encoding"].contains(name))
        }
        let uri = request.lines.first { $0.name == "REQUEST_URI" }?.value
        #expect(head.string(head.target) == uri)
    }

    @Test("The corpus is there")
    func corpus() { #expect(PeerRequest.all.count >= 95) }

    // MARK: - Mount and path

    private static let apache = ("SCRIPT_FILENAME", "proxy:uwsgi://127.0.0.1:3031/x")

    /// SCRIPT_NAME, PATH_INFO, REQUEST_URI, and what else; then mount and raw path.
    static let paths: [([(String, String)], mount: String, raw: String)] = [
        // RFC 3875
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", "/x y"), ("REQUEST_URI", "/app/x%20y")], "/app", "/app/x%20y"),
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", ""), ("REQUEST_URI", "/app")], "/app", "/app"),
        ([("SCRIPT_NAME", "/a%b"), ("PATH_INFO", "/c"), ("REQUEST_URI", "/a%25b/c")], "/a%b", "/a%25b/c"),
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", "/x y")], "/app", "/app/x%20y"),
        ([("SCRIPT_NAME", ""), ("PATH_INFO", "/50%")], "", "/50%25"),
        ([("SCRIPT_NAME", "/app")], "/app", "/app"),
        // An encoded slash is none.
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", "/x"), ("REQUEST_URI", "/app%2Fx")], "/app", "/app/x"),
        ([("SCRIPT_NAME", ""), ("PATH_INFO", "/app/x"), ("REQUEST_URI", "/app%2Fx")], "", "/app%2Fx"),
        // Apache before 2.4.60: SCRIPT_NAME is the whole path.
        ([apache, ("SCRIPT_NAME", "/a/b"), ("PATH_INFO", "/a/b"), ("REQUEST_URI", "/a/b")], "", "/a/b"),
        (
            [apache, ("SCRIPT_NAME", "/app/x y"), ("PATH_INFO", "/x y"), ("REQUEST_URI", "/app/x%20y")], "/app",
            "/app/x%20y"
        ),
        ([apache, ("SCRIPT_NAME", "/app"), ("PATH_INFO", "/"), ("REQUEST_URI", "/app")], "/app", "/app/"),
        ([apache, ("SCRIPT_NAME", "/app/x"), ("PATH_INFO", "/other/x"), ("REQUEST_URI", "/app/x")], "", "/other/x"),
        ([apache, ("SCRIPT_NAME", "/a/b"), ("PATH_INFO", "/a/b"), ("REQUEST_URI", "/a//./b")], "", "/a/b"),
        // nginx with uwsgi_param SCRIPT_NAME
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", "/app/x"), ("REQUEST_URI", "/app/x?q")], "/app", "/app/x"),
        ([("SCRIPT_NAME", "/app"), ("PATH_INFO", "/app"), ("REQUEST_URI", "/app")], "/app", "/app"),
        (
            [("SCRIPT_NAME", "/app"), ("PATH_INFO", "/application"), ("REQUEST_URI", "/application")], "/app",
            "/app/application"
        ),
        // with a slash behind it
        ([("SCRIPT_NAME", "/app/"), ("PATH_INFO", "/x"), ("REQUEST_URI", "/app/x")], "/app", "/app/x"),
        ([("SCRIPT_NAME", "/app/"), ("PATH_INFO", "x"), ("REQUEST_URI", "/app/x")], "/app", "/app/x"),
        ([("SCRIPT_NAME", "/"), ("PATH_INFO", "/x"), ("REQUEST_URI", "/x")], "", "/x"),
        // rewritten
        ([("PATH_INFO", "/new?"), ("REQUEST_URI", "/old")], "", "/new%3F"),
        ([("SCRIPT_NAME", "/m"), ("PATH_INFO", "/new"), ("REQUEST_URI", "/old")], "/m", "/m/new"),
        ([("DOCUMENT_URI", "/new"), ("REQUEST_URI", "/old")], "", "/new"),
        // nothing but the target
        ([("REQUEST_URI", "/a%2Fb//c")], "", "/a%2Fb//c"),
        ([("REQUEST_URI", "http://other.test")], "", "/"),
    ]

    @Test("Mount and path", arguments: paths.indices)
    func mountAndPath(row: Int) throws {
        let (given, mount, raw) = Self.paths[row]
        let (said, head) = try Self.read(try CGIVariables([("REQUEST_METHOD", "GET")] + given))
        #expect(head.string(head.path) == raw)
        #expect(Self.parts(said, head).mount == mount)
    }

    // MARK: - What is refused

    static let faults: [([(String, String)], CGIFault)] = [
        ([], .missing(.requestMethod)),
        ([("REQUEST_METHOD", "GET")], .noPath),
        ([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", ""), ("PATH_INFO", "")], .noPath),
        ([("REQUEST_METHOD", "G T"), ("REQUEST_URI", "/")], .http(.invalidMethod)),
        ([("REQUEST_METHOD", "CONNECT"), ("REQUEST_URI", "/")], .http(.connectNotSupported)),
        ([("REQUEST_METHOD", String(repeating: "G", count: 33)), ("REQUEST_URI", "/")], .http(.methodTooLong)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "x")], .http(.invalidTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/a b")], .http(.invalidTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/a#b")], .http(.invalidTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/é")], .http(.invalidTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "*")], .http(.asteriskNeedsOptions)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "http://u@h/")], .http(.userInfoInTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "http://h h/")], .http(.invalidTarget)),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/" + String(repeating: "a", count: 8192))],
            .http(.targetTooLong(limit: 8192))
        ),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("QUERY_STRING", "a b")], .http(.invalidTarget)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("SCRIPT_NAME", "app")], .notAPath(.scriptName)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("PATH_INFO", "app")], .notAPath(.pathInfo)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("DOCUMENT_URI", "app")], .notAPath(.documentURI)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("", "app")], .emptyName),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_", "app")], .http(.emptyName)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_A B", "app")], .http(.invalidName)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_A:", "app")], .http(.invalidName)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_A", "a\r\nb: c")], .http(.controlCharacter)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_A", "a\0")], .http(.nul)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_TYPE", "a\nb")], .http(.controlCharacter)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_HOST", "a/b")], .http(.invalidHost)),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_HOST", "a"), ("HTTP_HOST", "b")],
            .http(.duplicateHost)
        ),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "1x")], .http(.invalidContentLength)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "+1")], .http(.invalidContentLength)),
        ([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "-1")], .http(.invalidContentLength)),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "99999999999999999999")],
            .http(.invalidContentLength)
        ),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "1"), ("CONTENT_LENGTH", "2")],
            .http(.duplicateContentLength)
        ),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/")] + (0...100).map { ("HTTP_X\($0)", "") },
            .http(.tooManyFields(limit: 100))
        ),
        (
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("HTTP_A", String(repeating: "a", count: 32_768))],
            .http(.headTooLarge(limit: 32_768))
        ),
    ]

    @Test("What is malformed is refused, with a reason", arguments: faults.indices)
    func refused(row: Int) throws {
        let (given, fault) = Self.faults[row]
        let variables = try CGIVariables(given)
        #expect(throws: fault) { try Self.read(variables) }
        #expect(!fault.description.isEmpty)
        #expect((400..<600).contains(fault.status.code))
    }

    // MARK: - Fields, lengths and the rest

    private func read(_ more: [(String, String)], over carrier: CGIProtocol = .uwsgi) throws -> (
        CGIRequest, RequestHead
    ) {
        try Self.read(try CGIVariables([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/")] + more), over: carrier)
    }

    private func fields(_ more: [(String, String)]) throws -> [String] {
        let head = try read(more).1
        return head.fields.map { "\(head.string($0.name)): \(head.string($0.value))" }
    }

    @Test("Fields of HTTP come back, and those that would mean something else do not")
    func fields()
        throws
    {
        #expect(
            try fields([("HTTP_ACCEPT_LANGUAGE", " de "), ("HTTP_X_A", "1"), ("HTTP_X_A", "2")])
                == ["accept-language: de", "x-a: 1", "x-a: 2"]
        )
        for name in [
            "PROXY", "CONTENT_LENGTH", "CONTENT_TYPE", "TRANSFER_ENCODING", "CONNECTION", "KEEP_ALIVE", "TE", "TRAILER",
            "UPGRADE",
            "PROXY_CONNECTION", "PROXY_AUTHORIZATION", "EXPECT",
        ] {
            #expect(try fields([("HTTP_\(name)", "x")]).isEmpty, "\(name)")
        }
    }

    @Test("Content type and length are fields without a prefix")
    func content() throws {
        let (said, head) = try read([
            ("CONTENT_TYPE", "text/plain"), ("CONTENT_LENGTH", "7"), ("HTTP_CONTENT_LENGTH", "9"),
        ])
        #expect(said.length == .known(7))
        #expect(head.fields.map { head.string($0.name) } == ["content-type", "content-length"])
        #expect(try read([("CONTENT_TYPE", ""), ("CONTENT_LENGTH", "")]).0.length == .none)
        #expect(try read([("CONTENT_LENGTH", "0")]).0.length == .none)
        #expect(try read([("CONTENT_LENGTH", "0"), ("REQUEST_METHOD", "POST")]).0.length == .known(0))
        #expect(try read([("CONTENT_LENGTH", "-1")], over: .fastcgi).0.length == .open)
    }

    @Test("An upgrade needs both fields, HTTP 1.1, and no body")
    func upgrade() throws {
        let both = [("HTTP_UPGRADE", "websocket"), ("HTTP_CONNECTION", "keep-alive, Upgrade")]
        #expect(try read(both).0.wantsUpgrade)
        #expect(try fields(both) == ["upgrade: websocket", "connection: keep-alive, Upgrade"])
        #expect(try !read([both[0]]).0.wantsUpgrade)
        #expect(try !read(both + [("SERVER_PROTOCOL", "HTTP/1.0")]).0.wantsUpgrade)
        #expect(try !read(both + [("CONTENT_LENGTH", "1")]).0.wantsUpgrade)
    }

    @Test(
        "The version is the client's",
        arguments: [
            ("HTTP/1.0", "HTTP/1.0"), ("HTTP/1.1", "HTTP/1.1"), ("HTTP/2.0", "HTTP/2.0"), ("HTTP/2", "HTTP/2.0"),
            ("HTTP/3.0", "HTTP/3.0"),
            ("INCLUDED", "HTTP/1.1"), ("", "HTTP/1.1"),
        ]
    )
    func version(said: String, version: String) throws {
        #expect(try read([("SERVER_PROTOCOL", said)]).1.version.description == version)
    }

    @Test(
        "The query is what the peer made of it",
        arguments: [
            ("QUERY_STRING", "new", "new"), ("QUERY_STRING", "", ""), ("QUERY_STRING", "old", "old"), ("X", "", "old"),
        ]
    )
    func query(name: String, value: String, query: String) throws {
        let head = try read([("REQUEST_URI", "/?old"), (name, value)]).1
        #expect(head.query.map(head.string) ?? "" == query)
        #expect(head.string(head.target) == "/?old")
    }

    @Test("Without REQUEST_URI the target is made of the others")
    func withoutTarget() throws {
        let variables = try CGIVariables([
            ("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/a"), ("PATH_INFO", "/b c"), ("QUERY_STRING", "q=1"),
        ])
        let (said, head) = try Self.read(variables)
        #expect(head.string(head.target) == "/a/b%20c?q=1")
        #expect(head.query.map(head.string) == "q=1")
        #expect(said.mountLength == 2)
    }

    @Test("An asterisk asks about the server")
    func asterisk() throws {
        let head = try read([("REQUEST_METHOD", "OPTIONS"), ("REQUEST_URI", "*")]).1
        #expect(head.isForServer)
    }

    @Test(
        "Https is said in several ways",
        arguments: [
            ("HTTPS", "on", true), ("HTTPS", "1", true), ("HTTPS", "off", false), ("HTTPS", "", nil),
            ("REQUEST_SCHEME", "https", true),
            ("REQUEST_SCHEME", "http", false), ("UWSGI_SCHEME", "https", true),
        ] as [(String, String, Bool?)]
    )
    func secure(name: String, value: String, isSecure: Bool?) throws {
        #expect(try read([(name, value)]).0.origin.isSecure == isSecure)
    }

    @Test(
        "The server's name is one that a client may have used",
        arguments: [
            ("shop.test", "shop.test"), ("shop.test:8000", "shop.test"), ("[::1]", "::1"), ("[::1]:8000", "::1"),
            ("_", "host.test"),
            ("", "host.test"), ("*.shop.test", "host.test"), ("~^shop", "host.test"), ("a b", "host.test"),
        ]
    )
    func serverName(said: String, name: String) throws {
        let origin = try read([("HTTP_HOST", "host.test:81"), ("SERVER_NAME", said)]).0.origin
        #expect(origin.serverName == Array(name.utf8))
    }

    @Test("A user counts where somebody has checked who it is")
    func user() throws {
        #expect(try read([("REMOTE_USER", "ann")]).0.origin.user == nil)
        #expect(try read([("REMOTE_USER", "ann"), ("AUTH_TYPE", "")]).0.origin.user == nil)
        #expect(try read([("REMOTE_USER", "ann"), ("AUTH_TYPE", "Basic")]).0.origin.user == Array("ann".utf8))
    }

    @Test("Fields by which a client could be made up are known without a search")
    func forwarding()
        throws
    {
        #expect(try read([("HTTP_X_FORWARDED_FOR", "192.0.2.1")]).1.hasForwarding)
        #expect(try !read([("HTTP_X_OTHER", "192.0.2.1")]).1.hasForwarding)
    }
}
