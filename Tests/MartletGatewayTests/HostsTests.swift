import HTTPTypes
import Logging
import MartletGateway
import NIOCore
import NIOEmbedded
import Testing

@Suite struct HostsTests {
    private struct Named: Application {
        let name: String
        func respond(to request: Request) async throws -> Response { .plain(.ok, name) }
    }

    private func answer(_ authority: String?, default fallback: Bool) async throws -> String {
        func names(_ texts: String...) throws -> [HostName] { try texts.map { try HostName(parsing: $0) } }
        let hosts = Hosts(
            [
                (try names("example.com", "*.example.com"), Named(name: "com")),
                (try names("www.example.com"), Named(name: "www")),
                (try names("*.Example.ORG."), Named(name: "org")),
                (try names("127.0.0.1", "[::1]"), Named(name: "address")),
            ],
            fallback: fallback ? Named(name: "default") : nil
        )
        let loop = EmbeddedEventLoop()
        let request = Request(
            head: RequestHead(method: "GET", target: "/", fields: authority.map { [("host", $0)] } ?? []),
            connection: ConnectionInfo(
                remoteAddress: nil,
                localAddress: nil,
                eventLoop: loop,
                number: 1,
                logger: Logger(label: "test")
            ),
            body: .none,
            sequence: 1
        )
        let response = try await hosts.respond(to: request)
        guard response.status == .ok, case .bytes(let bytes) = response.body else { return "\(response.status.code)" }
        return String(buffer: bytes)
    }

    @Test(arguments: [
        ("example.com", "com"), ("EXAMPLE.com:8443", "com"), ("example.com.", "com"), ("example.com.:80", "com"),
        ("a.example.com", "com"), ("www.example.com", "www"), ("a.b.example.com", "default"), ("a.example.org", "org"),
        ("example.org", "default"), (".example.org", "org"), ("127.0.0.1:8000", "address"), ("[::1]:8000", "address"),
        ("[::1]", "address"), ("[::1", "default"), ("", "default"), (":", "default"), (".", "default"),
        ("xexample.com", "default"),
    ])
    func choosesByName(authority: String, expected: String) async throws {
        #expect(try await answer(authority, default: true) == expected)
        #expect(try await answer(authority, default: false) == (expected == "default" ? "421" : expected))
    }

    @Test func aRequestWithoutANameGoesToTheDefault() async throws {
        #expect(try await answer(nil, default: true) == "default")
        #expect(try await answer(nil, default: false) == "421")
    }

    @Test(arguments: [
        ("", "the name is missing"), ("*.", "the name is missing"),
        ("https://example.com", "it is a name, not a URL: leave out what stands before and behind it"),
        ("*", "an asterisk stands alone for the first part, as in *.example.org"),
        ("a.*.com", "an asterisk stands alone for the first part, as in *.example.org"),
        ("example.com:80", "a name has no port: the port is that of bind"), ("a..b", "it has two dots in a row"),
        ("[::1", "the bracket is not closed"), ("a b", "'a b' has a character that no name has"),
        ("a/b", "'a/b' has a character that no name has"),
        ("bücher.example", "write a name with letters beyond a to z in its form for DNS, which begins with xn--"),
    ])
    func saysWhatIsNoName(text: String, problem: String) {
        #expect(throws: HostNameError(text: text, problem: problem)) { try HostName(parsing: text) }
    }
}
