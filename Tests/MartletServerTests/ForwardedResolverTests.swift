import MartletGateway
import MartletHTTP1
import MartletServer
import Testing

@Suite struct ForwardedResolverTests {
    typealias Line = ForwardedResolver.Line

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var peer = "10.0.0.1"
        var trusted = "10.0.0.0/8,2001:db8:1::/48"
        let lines: [Line]
        var client: String?
        var port: Int?
        var isSecure: Bool?
        var host: String?
        var hostPort: Int?
        var prefix: String?
        var dropsForwarded = false
        var fields: ForwardedFields = [.client, .scheme, .host, .port, .prefix]

        var testDescription: String { name }
    }

    static func x(_ text: String) -> Line { Line(.client, text.utf8) }
    static func proto(_ text: String) -> Line { Line(.scheme, text.utf8) }
    static func host(_ text: String) -> Line { Line(.host, text.utf8) }
    static func port(_ text: String) -> Line { Line(.port, text.utf8) }
    static func prefix(_ text: String) -> Line { Line(.prefix, text.utf8) }
    static func rfc(_ text: String) -> Line { Line(.forwarded, text.utf8) }
    static func ssl(_ text: String) -> Line { Line(.ssl, text.utf8) }
    static func protocolName(_ text: String) -> Line { Line(.protocolName, text.utf8) }

    static let rows: [Row] = [
        // X-Forwarded-For
        Row(name: "one hop", lines: [x("192.0.2.1")], client: "192.0.2.1"),
        Row(
            name: "the last element, not what the client put before",
            lines: [x("127.0.0.1, 192.0.2.1")],
            client: "192.0.2.1"
        ),
        Row(
            name: "trusted hops are skipped",
            lines: [x("6.6.6.6, 192.0.2.1, 10.1.1.1, 10.2.2.2")],
            client: "192.0.2.1"
        ),
        Row(
            name: "several lines are one list",
            lines: [x("6.6.6.6"), x("192.0.2.1"), x("10.1.1.1")],
            client: "192.0.2.1"
        ),
        Row(name: "all trusted: the outermost", lines: [x("10.3.3.3, 10.2.2.2")], client: "10.3.3.3"),
        Row(name: "IPv6", lines: [x("2001:DB8::1")], client: "2001:db8::1"),
        Row(name: "IPv6, trusted hop", lines: [x("2001:db8::1,2001:db8:1::9")], client: "2001:db8::1"),
        Row(name: "IPv6 in brackets", lines: [x("[2001:db8::1]")], client: "2001:db8::1"),
        Row(name: "IPv6 with port", lines: [x("[2001:db8::1]:4711")], client: "2001:db8::1", port: 4711),
        Row(name: "IPv4 with port", lines: [x("192.0.2.1:4711")], client: "192.0.2.1", port: 4711),
        Row(name: "IPv4-mapped", lines: [x("192.0.2.1, ::ffff:10.2.3.4")], client: "192.0.2.1"),
        Row(name: "IPv4-mapped peer", peer: "::ffff:10.0.0.1", lines: [x("192.0.2.1")], client: "192.0.2.1"),
        Row(name: "empty elements", lines: [x(", 192.0.2.1 ,,\t"), x("")], client: "192.0.2.1"),
        Row(name: "nothing", lines: [x("")]),
        Row(name: "garbage", lines: [x("garbage")]),
        Row(name: "garbage ends the walk", lines: [x("6.6.6.6, unknown, 10.1.1.1")], client: "10.1.1.1"),
        Row(name: "out of range", lines: [x("256.1.1.1")]),
        Row(name: "leading zero", lines: [x("010.1.1.1")]),
        Row(name: "port too large", lines: [x("192.0.2.1:65536")]),
        Row(name: "port 0", lines: [x("192.0.2.1:0")]),
        Row(name: "zone", lines: [x("fe80::1%eth0")]),
        Row(name: "bracket left open", lines: [x("[2001:db8::1")]),
        Row(name: "IPv4 in brackets", lines: [x("[192.0.2.1]")]),
        Row(name: "something behind the bracket", lines: [x("[2001:db8::1]x")]),
        Row(name: "colon alone", lines: [x(":")]),
        Row(name: "NUL", lines: [x("192.0.2.1\u{0}")]),
        Row(name: "not ASCII", lines: [x("١٩٢.0.2.1")]),
        // Its relatives
        Row(name: "scheme alone", lines: [proto("https")], isSecure: true),
        Row(name: "scheme, case", lines: [proto("HTTPS")], isSecure: true),
        Row(name: "WebSocket", lines: [proto("wss")], isSecure: true),
        Row(name: "plain", lines: [proto("http")], isSecure: false),
        Row(name: "another scheme", lines: [proto("gopher")]),
        Row(
            name: "the scheme of the nearest hop",
            lines: [x("192.0.2.1"), proto("http, https")],
            client: "192.0.2.1",
            isSecure: true
        ),
        Row(
            name: "the scheme of the client's hop",
            lines: [
                x("6.6.6.6, 192.0.2.1, 10.1.1.1"), proto("http, https, http"), host("evil.test, shop.test, inner.test"),
            ],
            client: "192.0.2.1",
            isSecure: true,
            host: "shop.test"
        ),
        Row(
            name: "one scheme for several hops",
            lines: [x("192.0.2.1, 10.1.1.1"), proto("https")],
            client: "192.0.2.1",
            isSecure: true
        ),
        Row(name: "host", lines: [host("shop.test:8443")], host: "shop.test:8443"),
        Row(name: "host, IPv6", lines: [host("[2001:db8::1]:80")], host: "[2001:db8::1]:80"),
        Row(name: "host with a space", lines: [host("shop test")]),
        Row(name: "host with a slash", lines: [host("shop.test/x")]),
        Row(name: "host with a user", lines: [host("me@shop.test")]),
        Row(name: "port", lines: [port("8443")], hostPort: 8443),
        Row(name: "no port", lines: [port("http")]),
        Row(name: "huge port", lines: [port("99999999999999999999")]),
        // Prefix
        Row(name: "prefix", lines: [prefix("/shop")], prefix: "/shop"),
        Row(name: "prefix with slash", lines: [prefix("/shop/eu/")], prefix: "/shop/eu"),
        Row(name: "the root", lines: [prefix("/")]),
        Row(name: "relative", lines: [prefix("shop")]),
        Row(name: "another host", lines: [prefix("//evil.test")]),
        Row(name: "empty segment", lines: [prefix("/a//b")]),
        Row(name: "upwards", lines: [prefix("/a/../b")]),
        Row(name: "dot", lines: [prefix("/a/.")]),
        Row(name: "encoded", lines: [prefix("/a%2fb")]),
        Row(name: "query", lines: [prefix("/a?b")]),
        Row(name: "backslash", lines: [prefix("/\\evil.test")]),
        Row(name: "space", lines: [prefix("/a b")]),
        Row(name: "prefix of the nearest hop", lines: [prefix("/evil, /shop")], prefix: "/shop"),
        // Forwarded
        Row(name: "RFC 7239", lines: [rfc("for=192.0.2.1")], client: "192.0.2.1"),
        Row(
            name: "RFC 7239, all of it",
            lines: [rfc(#"For="[2001:db8::1]:4711";Proto=https;By=10.0.0.1;host="shop.test:8443""#)],
            client: "2001:db8::1",
            port: 4711,
            isSecure: true,
            host: "shop.test:8443"
        ),
        Row(
            name: "RFC 7239, hops",
            lines: [rfc("for=6.6.6.6;proto=http"), rfc("for=192.0.2.1;proto=https, for=10.1.1.1;proto=http")],
            client: "192.0.2.1",
            isSecure: true
        ),
        Row(
            name: "RFC 7239, a hop that says no more than the address",
            lines: [rfc("for=192.0.2.1, for=10.1.1.1;proto=https")],
            client: "192.0.2.1",
            isSecure: true
        ),
        Row(name: "RFC 7239, obfuscated", lines: [rfc("for=_hidden;proto=https")], isSecure: true),
        Row(name: "RFC 7239, unknown", lines: [rfc("for=6.6.6.6, for=unknown, for=10.1.1.1")], client: "10.1.1.1"),
        Row(name: "RFC 7239, obfuscated port", lines: [rfc(#"for="192.0.2.1:_p""#)], client: "192.0.2.1"),
        Row(name: "RFC 7239, escapes", lines: [rfc(#"for="192.0.2\.1""#)], client: "192.0.2.1"),
        Row(
            name: "RFC 7239, quoted comma",
            lines: [rfc(#"for=6.6.6.6, for=192.0.2.1;ext="a, b""#)],
            client: "192.0.2.1"
        ),
        Row(
            name: "RFC 7239, an open quote swallows nothing",
            lines: [rfc(#"for="6.6.6.6, for=192.0.2.1"#)],
            client: "192.0.2.1"
        ),
        Row(name: "RFC 7239, open quote", lines: [rfc(#"for="192.0.2.1"#)]),
        Row(name: "RFC 7239, escape at the end", lines: [rfc(#"for="192.0.2.1\"#)]),
        Row(name: "RFC 7239, twice", lines: [rfc("for=192.0.2.1;for=192.0.2.2")]),
        Row(name: "RFC 7239, no value", lines: [rfc("for=")]),
        Row(name: "RFC 7239, no name", lines: [rfc("=192.0.2.1")]),
        Row(name: "RFC 7239, empty elements", lines: [rfc(",, for=192.0.2.1 , ,")], client: "192.0.2.1"),
        Row(name: "RFC 7239, semicolon at the end", lines: [rfc("for=192.0.2.1;")]),
        Row(name: "RFC 7239, unquoted brackets", lines: [rfc("for=[2001:db8::1]")]),
        Row(name: "RFC 7239, nothing", lines: [rfc("")]),
        Row(
            name: "RFC 7239, with a prefix",
            lines: [rfc("for=192.0.2.1"), prefix("/shop")],
            client: "192.0.2.1",
            prefix: "/shop"
        ),
        Row(
            name: "both: X-Forwarded-* is believed, Forwarded goes",
            lines: [rfc("for=6.6.6.6;host=evil.test;proto=https"), x("192.0.2.1")],
            client: "192.0.2.1",
            dropsForwarded: true
        ),
        // gunicorn's secure_scheme_headers
        Row(name: "X-Forwarded-Ssl", lines: [ssl("on")], isSecure: true),
        Row(name: "X-Forwarded-Ssl, off", lines: [ssl("off")], isSecure: false),
        Row(name: "X-Forwarded-Ssl, another value", lines: [ssl("1")]),
        Row(name: "X-Forwarded-Protocol", lines: [protocolName("ssl")], isSecure: true),
        Row(
            name: "X-Forwarded-Proto counts before X-Forwarded-Ssl",
            lines: [ssl("on"), proto("http")],
            isSecure: false
        ),
        Row(
            name: "X-Forwarded-Ssl is one of those that count before Forwarded",
            lines: [rfc("proto=http"), ssl("on")],
            isSecure: true,
            dropsForwarded: true
        ),
        // What is not named
        Row(
            name: "the defaults",
            lines: [x("192.0.2.1"), proto("https"), host("evil.test"), port("1"), prefix("/evil")],
            client: "192.0.2.1",
            isSecure: true,
            fields: .defaults
        ),
        Row(
            name: "RFC 7239, the defaults",
            lines: [rfc("for=192.0.2.1;proto=https;host=evil.test")],
            client: "192.0.2.1",
            isSecure: true,
            fields: .defaults
        ),
        Row(
            name: "what is not believed does not count before Forwarded",
            lines: [rfc("for=192.0.2.1"), host("evil.test"), port("1")],
            client: "192.0.2.1",
            fields: .defaults
        ),
        Row(
            name: "hops are counted for the others where the client is not believed",
            lines: [x("192.0.2.1, 10.1.1.1"), proto("https, http")],
            isSecure: true,
            fields: .scheme
        ),
        Row(name: "RFC 7239, the host alone", lines: [rfc("for=192.0.2.1;host=a.test")], host: "a.test", fields: .host),
        // Peers
        Row(name: "Unix socket", peer: "unix", trusted: "unix", lines: [x("192.0.2.1")], client: "192.0.2.1"),
    ]

    static func peer(_ text: String) throws -> ForwardedResolver.Peer {
        text == "unix" ? .unix : .address(try #require(IPAddress(text.utf8)))
    }

    @Test("What is believed", arguments: rows)
    func believed(_ row: Row) throws {
        let resolver = ForwardedResolver(trusted: try TrustedProxy.list(parsing: row.trusted), fields: row.fields)
        guard case .trusted(let facts) = resolver.resolve(peer: try Self.peer(row.peer), lines: row.lines) else {
            Issue.record("not trusted")
            return
        }
        #expect(facts.client.map { "\($0.address)" } == row.client)
        #expect(facts.client?.port == row.port)
        #expect(facts.isSecure == row.isSecure)
        #expect(facts.host == row.host.map { Array($0.utf8) })
        #expect(facts.port == row.hostPort)
        #expect(facts.prefix == row.prefix.map { Array($0.utf8) })
        #expect(facts.dropsForwarded == row.dropsForwarded)
    }

    @Test(
        "Others are not believed",
        arguments: [
            ("192.0.2.1", "10.0.0.0/8"), ("unix", "10.0.0.0/8"), ("10.0.0.1", "unix"), ("10.0.0.1", "none"),
            ("::1", "0.0.0.0/0"),
            ("127.0.0.1", "::/0"), ("11.0.0.0", "10.0.0.0/8"), ("10.0.0.2", "10.0.0.1"),
            ("2001:db8:2::", "2001:db8:1::/48"),
        ]
    )
    func untrusted(_ peer: String, _ trusted: String) throws {
        let resolver = ForwardedResolver(trusted: try TrustedProxy.list(parsing: trusted))
        #expect(resolver.resolve(peer: try Self.peer(peer), lines: [Self.x("192.0.2.7")]) == .untrusted)
    }

    @Test("This machine is trusted by default", arguments: ["127.0.0.1", "::1", "unix", "::ffff:127.0.0.1"])
    func defaults(_ peer: String) throws {
        #expect(ForwardedResolver(trusted: TrustedProxy.defaults).trusts(try Self.peer(peer)))
    }

    @Test("A line of commas within quotes costs no more than its share")
    func bounded() {
        let line = Self.rfc(#"a=""# + String(repeating: #"\","#, count: 10_000))
        #expect(ForwardedResolver(trusted: [.unix]).resolve(peer: .unix, lines: [line]) == .trusted(ForwardedFacts()))
    }
}

@Suite struct ForwardedAuthorityTests {
    struct Row: Sendable {
        var host: String?
        var port: Int?
        var isSecure: Bool?
        var current: String?
        var expected: [String]?
    }

    static let rows: [Row] = [
        Row(current: "in.test:8000", expected: nil),
        Row(host: "shop.test", current: "in.test:8000", expected: ["shop.test", "shop.test", "80"]),
        Row(host: "shop.test", isSecure: true, current: "in.test:8000", expected: ["shop.test", "shop.test", "443"]),
        Row(host: "shop.test:8443", isSecure: true, expected: ["shop.test:8443", "shop.test", "8443"]),
        Row(host: "[2001:db8::1]:8443", expected: ["[2001:db8::1]:8443", "2001:db8::1", "8443"]),
        Row(host: "[2001:db8::1]", expected: ["[2001:db8::1]", "2001:db8::1", "80"]),
        Row(host: "shop.test:", expected: ["shop.test:", "shop.test", "80"]),
        Row(port: 8443, isSecure: true, current: "shop.test", expected: ["shop.test:8443", "shop.test", "8443"]),
        Row(port: 443, isSecure: true, current: "shop.test:8000", expected: ["shop.test", "shop.test", "443"]),
        Row(host: "[::1]", port: 81, expected: ["[::1]:81", "::1", "81"]),
        Row(isSecure: true, current: "shop.test", expected: ["shop.test", "shop.test", "443"]),
        Row(isSecure: true, expected: nil),
    ]

    @Test("Host, SERVER_NAME and SERVER_PORT", arguments: rows)
    func authority(_ row: Row) {
        let facts = ForwardedFacts(isSecure: row.isSecure, host: row.host.map { Array($0.utf8) }, port: row.port)
        let result = ForwardedAuthority(facts, current: row.current.map { Array($0.utf8) }, isSecure: false)
        let texts = result.map {
            [String(decoding: $0.text, as: UTF8.self), String(decoding: $0.name, as: UTF8.self), "\($0.port)"]
        }
        #expect(texts == row.expected)
    }
}

@Suite struct TrustedProxyTests {
    @Test(
        "Lists",
        arguments: [
            ("10.0.0.0/8", ["10.0.0.0/8"]),
            ("10.0.0.1", ["10.0.0.1/32"]),
            ("2001:db8::1", ["2001:db8::1/128"]),
            ("10.0.0.0/8, unix,::/0", ["10.0.0.0/8", "unix", "::/0"]),
            ("0.0.0.0/0", ["0.0.0.0/0"]),
            ("none", []),
        ]
    )
    func lists(_ text: String, _ expected: [String]) throws {
        #expect(try TrustedProxy.list(parsing: text).map(\.description) == expected)
    }

    @Test(
        "What is wrong with a text",
        arguments: [
            ("", "it is empty"),
            ("10.0.0.1/8", "the address has bits beyond its prefix; did you mean 10.0.0.0/8?"),
            ("10.0.0.0/33", "the length of the prefix is a number from 0 to 32"),
            ("::/129", "the length of the prefix is a number from 0 to 128"),
            ("10.0.0.0/", "the length of the prefix is a number from 0 to 32"),
            ("10.0.0.0/+8", "the length of the prefix is a number from 0 to 32"),
            ("nginx", "it begins with no IPv4 or IPv6 address; host names are not looked up"),
            ("*", "to trust every peer, write 0.0.0.0/0,::/0"),
            ("unix,", "it is empty"),
            ("unix,none", "none stands alone"),
        ]
    )
    func problems(_ text: String, _ problem: String) {
        do throws(TrustedProxyError) {
            _ = try TrustedProxy.list(parsing: text)
            Issue.record("accepted")
        } catch {
            #expect(error.problem == problem)
        }
    }
}
