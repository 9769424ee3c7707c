import MartletProxy
import Testing

@Suite struct UpstreamURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:80/", "http://localhost/"),
        ("HTTPS://api.example.com/v2", "https://api.example.com/v2"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://unix:/run/app.sock", "http://unix:/run/app.sock"),
        ("http://unix:/run/app.sock:/base", "http://unix:/run/app.sock:/base"),
        ("http://a:1 weight=3", "http://a:1 weight=3"),
        ("http://a:1 backup weight=3", "http://a:1 weight=3 backup"),
        ("srv+http://_web._tcp.example.com", "srv+http://_web._tcp.example.com"),
        ("SRV+h2c://_grpc._tcp.example.com/base", "srv+h2c://_grpc._tcp.example.com/base"),
        ("uwsgi://127.0.0.1", "uwsgi://127.0.0.1"),
        ("uwsgi://127.0.0.1:3031/v2", "uwsgi://127.0.0.1/v2"),
        ("scgi://a:1234", "scgi://a:1234"),
        ("fastcgi://unix:/run/php/php-fpm.sock", "fastcgi://unix:/run/php/php-fpm.sock"),
    ])
    func anAddressIsRead(text: String, written: String) throws {
        #expect("\(try UpstreamURL(parsing: text))" == written)
    }

    @Test(arguments: [
        ("", "it is empty; write it like http://127.0.0.1:3000, or http://unix:/run/app.sock"),
        ("3000", "'3000' is no URL; did you mean http://127.0.0.1:3000?"),
        (
            "localhost:3000",
            "'localhost:3000' does not say which protocol it speaks; did you mean http://localhost:3000?"
        ),
        ("/run/app.sock", "'/run/app.sock' is no URL; did you mean http://unix:/run/app.sock?"),
        ("htp://a", "'htp://a': Martlet speaks no htp to upstreams; did you mean http://?"),
        ("fcgi://a", "'fcgi://a': Martlet speaks no fcgi to upstreams; did you mean scgi://?"),
        (
            "gopher://a",
            "'gopher://a': Martlet speaks no gopher to upstreams; there are http://, https://, h2c://, uwsgi://, scgi://, fastcgi://"
        ),
        ("http://", "'http://' names no host; write it like http://127.0.0.1:3000, or http://unix:/run/app.sock"),
        ("http://:80", "'http://:80' names no host; write it like http://127.0.0.1:3000, or http://unix:/run/app.sock"),
        ("http://a:0", "'http://a:0': a port is a number from 1 to 65535"),
        ("http://a:b", "'http://a:b': a port is a number from 1 to 65535"),
        ("http://a:65536", "'http://a:65536': a port is a number from 1 to 65535"),
        ("http://::1:80", "'http://::1:80': '::1' is no name of a host; an IPv6 address stands in brackets"),
        ("http://[1.2.3.4]", "'http://[1.2.3.4]': between brackets stands an IPv6 address"),
        (
            "http://u:p@a",
            "'http://u:p@a': no user stands in the address of an upstream; set Authorization by [headers]"
        ),
        (
            "srv+http://a:80",
            "'srv+http://a:80': behind srv+ stands the name of a service without a port, such as _web._tcp.example.com"
        ),
        ("http://a/?x", "'http://a/?x': no '?' stands in the address of an upstream"),
        ("http://a b", "'http://a b': behind the address may stand backup, and weight= with a number from 1 to 256"),
        (
            "http://a weight=0",
            "'http://a weight=0': behind the address may stand backup, and weight= with a number from 1 to 256"
        ),
        ("http://ä", "'http://ä' has a character in it that stands percent-encoded in a URL"),
        (
            "http://unix:app.sock",
            "'http://unix:app.sock': the path of a Unix socket begins with a slash and has less than 108 bytes"
        ),
        (
            "http://unix:/a:b",
            "'http://unix:/a:b': behind the socket and a colon comes a path, which begins with a slash"
        ),
    ])
    func whatIsNoneIsExplained(text: String, problem: String) {
        #expect(throws: UpstreamURLError(description: problem)) { try UpstreamURL(parsing: text) }
    }
}
