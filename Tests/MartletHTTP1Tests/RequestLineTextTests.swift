import MartletHTTP1
import Testing

@Suite struct RequestLineTextTests {
    struct Case: Sendable {
        let head: String
        let line: String?
        var method: String?
        var target = ""
        var isHead = false
    }

    @Test(arguments: [
        Case(head: "", line: nil),
        Case(head: "\r\n", line: nil),
        Case(head: "GET /a HTTP/1.1\r\nHost: a\r\n", line: "GET /a HTTP/1.1", method: "GET", target: "/a"),
        Case(head: "\r\n\r\nHEAD /a HTTP/3.0\n", line: "HEAD /a HTTP/3.0", method: "HEAD", target: "/a", isHead: true),
        Case(head: "GET /a b HTTP/1.1", line: "GET /a b HTTP/1.1", method: "GET", target: "/a b"),
        Case(head: "GET /cut", line: "GET /cut", method: "GET", target: "/cut"),
        Case(head: "GET /cut HTT", line: "GET /cut HTT", method: "GET", target: "/cut HTT"),
        Case(head: "HEAD", line: "HEAD", target: "HEAD"),
        Case(head: "HEADER / HTTP/1.1", line: "HEADER / HTTP/1.1", method: "HEADER", target: "/"),
        Case(head: "\u{16}\u{3}\u{1} x", line: "\u{16}\u{3}\u{1} x", target: "\u{16}\u{3}\u{1} x"),
        Case(head: " / HTTP/1.1", line: " / HTTP/1.1", target: " / HTTP/1.1"),
        Case(
            head: "GET /" + String(repeating: "a", count: 99),
            line: "GET /" + String(repeating: "a", count: 59),
            method: "GET",
            target: "/" + String(repeating: "a", count: 59)
        ),
    ])
    func isTakenAsFarAsItIsThere(expected: Case) {
        let text = Array(expected.head.utf8).withUnsafeBytes { RequestLineText($0, upTo: 64) }
        #expect(text.map { String(decoding: $0.bytes, as: UTF8.self) } == expected.line)
        #expect(text?.method.map { String(decoding: $0, as: UTF8.self) } == expected.method)
        if let text { #expect(String(decoding: text.target, as: UTF8.self) == expected.target) }
        #expect(text?.isHead ?? false == expected.isHead)
    }
}
