import Testing

@testable import MartletServer

@Suite struct ListenAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:8000", .tcp(host: "127.0.0.1", port: 8000)), ("8000", .tcp(host: "127.0.0.1", port: 8000)),
            (":0", .tcp(host: "*", port: 0)), ("*:80", .tcp(host: "*", port: 80)),
            ("[::1]:80", .tcp(host: "::1", port: 80)),
            ("localhost:65535", .tcp(host: "localhost", port: 65535)), ("0.0.0.0:1", .tcp(host: "0.0.0.0", port: 1)),
            ("unix:/run/a b.sock", .unix(path: "/run/a b.sock")), ("unix:relative.sock", .unix(path: "relative.sock")),
            ("unix:@shop", .unix(path: "@shop")),
        ] as [(String, BindAddress)]
    )
    func accepted(text: String, address: BindAddress) throws {
        #expect(try ListenAddress(parsing: text) == ListenAddress(address))
        #expect(try ListenAddress(parsing: text).scheme == .http)
        #expect(try ListenAddress(parsing: "http://\(text)") == ListenAddress(address, scheme: .http))
        let secure = try ListenAddress(parsing: "HTTPS://\(text)")
        #expect(secure == ListenAddress(address, scheme: .https))
        #expect("\(secure)" == "https://\(address)")
    }

    @Test(arguments: [
        ("", "it is empty"), ("localhost", "the port is missing: localhost:8000?"), ("a:b", "the port is not a number"),
        ("a:65536", "the port is not a number"), ("a:-1", "the port is not a number"), ("::1:80", "stands in brackets"),
        ("http://a:80/", "an address has no path"), ("/run/x.sock", "a path needs unix: before it"),
        ("https:///run/x.sock", "a path needs unix: before it"),
        ("unix:", "the path is missing"), ("unix:@", "the name behind the @ is missing"),
        ("https://unix:", "the path is missing"), ("https://", "it is empty"),
        ("unix:/a\u{0}b", "NUL"), ("unix:/" + String(repeating: "x", count: 107), "at most 107 bytes"),
        ("https://localhost", "the port is missing: https://localhost:443?"),
        ("http://localhost", "the port is missing: http://localhost:80?"),
        ("htps://:443", "there is no protocol 'htps'; did you mean https://?"),
        (
            "gopher://:70",
            "there is no protocol 'gopher'; a listener speaks http://, https://, uwsgi://, scgi:// and fastcgi://"
        ),
        ("uwsgi://localhost", "the port is missing: uwsgi://localhost:3031?"),
        ("fcgi://:9000", "there is no protocol 'fcgi'; did you mean fastcgi://?"),
        ("scg://:1", "did you mean scgi://?"),
    ])
    func refused(text: String, problem: String) {
        let error = #expect(throws: BindAddressError.self) { _ = try ListenAddress(parsing: text) }
        #expect(error?.description.hasPrefix("\"\(text)\" is not an address to listen at: ") == true)
        #expect(error?.description.contains(problem) == true)
        #expect(
            error?.description.hasSuffix(
                """
                Write HOST:PORT, PORT, :PORT for every address, [IPv6]:PORT, unix:/path/to/socket or unix:@name, with \
                https:// before it for TLS, or uwsgi://, scgi:// or fastcgi:// for a web server in front that speaks that.
                """
            ) == true
        )
    }

    @Test(arguments: [
        ("unix:a", "unix:/etc/a"), ("https://unix:run/a", "https://unix:/etc/run/a"), ("unix:@a", "unix:@a"),
        ("unix:", "unix:"), ("https://:443", "https://:443"), ("localhost:80", "localhost:80"),
    ])
    func pathsAreRelativeToTheFile(text: String, result: String) {
        #expect(ListenAddress.relative(text) { "/etc/" + $0 } == result)
    }

    @Test func everyAddressIsWrittenAsPeopleCopyIt() {
        #expect("\(BindAddress.tcp(host: "*", port: 80))" == ":80")
    }

    @Test(arguments: [
        (BindAddress.tcp(host: "0.0.0.0", port: 443), "https", ListenScheme.https),
        (.tcp(host: "::", port: 443), "web.socket", .https), (.tcp(host: "::", port: 80), "web", .http),
        (.tcp(host: "::", port: 8443), "https", .https), (.unix(path: "/a"), "https", .https),
        (.unix(path: "/a"), "unknown", .http),
    ])
    func aSocketOfTheServiceManagerSaysWhatItSpeaks(address: BindAddress, name: String, scheme: ListenScheme) {
        #expect(InheritedSocket(descriptor: 3, address: address, name: name).scheme == scheme)
    }
}
