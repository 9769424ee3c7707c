import HTTPTypes
import MartletCGI
import MartletGateway
import NIOCore
import Testing

@Suite struct CGIHeadTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let head: String
        let means: String
        var form = CGIHeadParser.Form.cgi
        var testDescription: String { head }

        init(_ head: String, _ means: String, form: CGIHeadParser.Form = .cgi) {
            (self.head, self.means, self.form) = (head, means, form)
        }
    }

    static func read(_ bytes: [UInt8], _ form: CGIHeadParser.Form, cut: Int? = nil) -> String {
        var parser = CGIHeadParser(form: form, limits: CGIHeadParser.Limits(bytes: 200, fields: 5))
        if let cut {
            switch bytes[..<cut].withUnsafeBytes({ parser.parse($0) }) {
            case .needsMore: break
            case let reading: return text(reading)
            }
        }
        return text(bytes.withUnsafeBytes { parser.parse($0) })
    }

    private static func text(_ reading: CGIHeadParser.Reading) -> String {
        switch reading {
        case .needsMore: "more"
        case .fault(let fault): "fault: \(fault)"
        case .complete(_, .localRedirect(let path)): "local \(path)"
        case .complete(_, .answer(let head)):
            "\(head.status.code) \(head.status.reasonPhrase)|"
                + head.headers.pairs.map { "\($0.name): \($0.value)" }.joined(separator: "|")
                + (head.length.map { "|\($0)" } ?? "")
        }
    }

    static let cases = [
        Case("Content-Type: text/plain\n\nbody", "200 OK|Content-Type: text/plain"),
        Case("Content-type:text/plain\r\n\r\n", "200 OK|Content-type: text/plain"),
        Case("Content-Type: a/b\nStatus: 404 Not Here\r\n\n", "404 Not Here|Content-Type: a/b"),
        Case("Status: 404\n\n", "404 Not Found|"),
        Case("status: 204 No Content\nX: y\n\n", "204 No Content|X: y"),
        Case("Status: 200 OK\nContent-Length: 5\n\n", "200 OK||5"),
        Case("Location: /other?a=b\n\n", "local /other?a=b"),
        Case("Location: /other\nContent-Type: text/html\n\n", "local /other"),
        Case("Location: /other\nSet-Cookie: a=b\n\n", "302 Found|Location: /other|Set-Cookie: a=b"),
        Case("Location: https://example.com/\n\n", "302 Found|Location: https://example.com/"),
        Case("Status: 301 Moved\nLocation: /other\n\n", "301 Moved|Location: /other"),
        Case("Location: other\n\n", "302 Found|Location: other"),
        Case(
            "Status: 200 OK\nConnection: close\nKeep-Alive: x\nX: y\nTrailer: z\n\n",
            "200 OK|X: y"
        ),
        Case("Set-Cookie: a\nSet-Cookie: b\nStatus: 200 OK\n\n", "200 OK|Set-Cookie: a|Set-Cookie: b"),
        Case("X:\t tab\tin it \t\nStatus: 200 OK\n\n", "200 OK|X: tab\tin it"),
        Case("Content-Type: text/plain\n", "more"),
        Case("", "more"),
        Case(
            "\n",
            "fault: wrote neither Content-Type nor Location nor Status (RFC 3875 section 6.2)"
        ),
        Case("X: y\n\n", "fault: wrote neither Content-Type nor Location nor Status (RFC 3875 section 6.2)"),
        Case(
            "hello world\n",
            "fault: wrote a header line without a colon, \"hello world\"; an answer begins with a line such as Content-Type: text/html, and an empty line ends its head"
        ),
        Case(
            "HTTP/1.1 200 OK\n\n",
            "fault: answers with a status line of HTTP (\"nph-\"); the line is Status: 200 OK, and the connection is the server's"
        ),
        Case("Status: 99\n\n", "fault: wrote a status that is not a number from 200 to 999: \"99\""),
        Case(
            "Status: 100 Continue\n\n",
            "fault: wrote a status that is not a number from 200 to 999: \"100 Continue\""
        ),
        Case("Status: 2000\n\n", "fault: wrote a status that is not a number from 200 to 999: \"2000\""),
        Case("Status: \n\n", "fault: wrote a status that is not a number from 200 to 999: \"\""),
        Case("Status: 200\nStatus: 200\n\n", "fault: wrote the header \"Status\" more than once"),
        Case("Content-Length: 1\nContent-Length: 1\n\n", "fault: wrote the header \"Content-Length\" more than once"),
        Case("Content-Length: -1\n\n", "fault: wrote a Content-Length that is no decimal number: \"-1\""),
        Case("Content-Length: 5, 5\n\n", "fault: wrote a Content-Length that is no decimal number: \"5, 5\""),
        Case(
            "Transfer-Encoding: chunked\n\n",
            "fault: wrote Transfer-Encoding: chunked; how a body is sent is for the server to say"
        ),
        Case(
            "Location: /a b\n\n",
            "fault: wrote a Location that is no URL: it has blanks or bytes beyond ASCII in it, or is empty"
        ),
        Case(
            "Location:\n\n",
            "fault: wrote a Location that is no URL: it has blanks or bytes beyond ASCII in it, or is empty"
        ),
        Case(
            "Bad Name: x\n\n",
            "fault: wrote a header whose name is not letters, digits and !#$%&'*+-.^_`|~ only: \"Bad Name\""
        ),
        Case("X : y\n\n", "fault: wrote a header whose name is not letters, digits and !#$%&'*+-.^_`|~ only: \"X \""),
        Case(": y\n\n", "fault: wrote a header whose name is not letters, digits and !#$%&'*+-.^_`|~ only: \"\""),
        Case(" X: y\n\n", "fault: wrote a header line that begins with white space"),
        Case("X: y\n\tz\n\n", "fault: wrote a header line that begins with white space"),
        Case("X: a\rSet-Cookie: b\n\n", "fault: wrote a carriage return into its head that no line feed follows"),
        Case("X: a\u{0}b\n\n", "fault: wrote a control character into the header \"X\""),
        Case("X: \u{1B}[31m\n\n", "fault: wrote a control character into the header \"X\""),
        Case("A: 1\nB: 2\nC: 3\nD: 4\nE: 5\nF: 6\n\n", "fault: wrote more than 5 header lines"),
        Case(
            "X: " + String(repeating: "y", count: 300),
            "fault: wrote a head that is larger than 200 bytes; an empty line ends the head"
        ),
        Case(
            "HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\n\r\n",
            "404 Not Found|Content-Type: a/b",
            form: .statusLine
        ),
        Case("HTTP/1.0 200\r\n\r\n", "200 OK|", form: .statusLine),
        Case("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "302 Found|Location: /x", form: .statusLine),
        Case(
            "HTTP/1.1\r\n\r\n",
            "fault: wrote a status that is not a number from 200 to 999: \"HTTP/1.1\"",
            form: .statusLine
        ),
        Case("Status: 200 OK\r\n\r\n", "fault: does not begin with a status line of HTTP", form: .statusLine),
    ]

    @Test(arguments: cases)
    func `a head means the same wherever it is cut`(_ item: Case) {
        let bytes = Array(item.head.utf8)
        #expect(Self.read(bytes, item.form) == item.means)
        for cut in bytes.indices { #expect(Self.read(bytes, item.form, cut: cut) == item.means, "cut at \(cut)") }
    }

    @Test(arguments: [
        ("Content-Type: a/b\n\nhello", false, ["200", "hello", "end"]),
        ("Content-Type: a/b\n\n", false, ["200", "end"]),
        ("Status: 200\nContent-Length: 5\n\nhello", false, ["200", "hello", "end"]),
        ("Status: 200\nContent-Length: 0\n\n", false, ["200", "end"]),
        ("Status: 200\nContent-Length: 4\n\nhello", false, ["wrote a longer body than its Content-Length of 4 bytes"]),
        (
            "Status: 200\nContent-Length: 6\n\nhello", false,
            ["200", "hello", "ended 1 bytes before the end of the body of 6 bytes that it announced"]
        ),
        ("Status: 204\n\nhello", false, ["204 bodiless", "end"]),
        ("Status: 200\nContent-Length: 6\n\nhello", true, ["200 bodiless", "end"]),
        ("Location: /x\n\nhello", false, ["local /x"]),
        ("Content-Ty", false, ["ended within the head of its answer, after 10 bytes; an empty line ends the head"]),
        ("", false, ["ended without an answer"]),
    ])
    func `an answer and its body`(_ output: String, _ isHead: Bool, _ expected: [String]) {
        #expect(Self.play([output], isHead) == expected)
        // Cut, a body is known to be too long only when some of it has been passed on.
        let pieces = output.map { String($0) }
        let said = Self.play(pieces, isHead)
        #expect(said.last == expected.last || said.last?.hasPrefix("ended 1") == true)
    }

    static func play(_ pieces: [String], _ isHead: Bool) -> [String] {
        var reader = CGIResponseReader(isHead: isHead)
        var (said, buffer) = ([String](), ByteBuffer())
        func run() {
            while true {
                switch reader.next(&buffer) {
                case .needsMore: return
                case .head(let head, let hasBody): said.append("\(head.status.code)" + (hasBody ? "" : " bodiless"))
                case .localRedirect(let path): said.append("local \(path)")
                case .data(let bytes): said.append(String(buffer: bytes))
                case .end: said.append("end")
                case .fault(let fault): said.append("\(fault)")
                }
            }
        }
        for piece in pieces {
            buffer.writeString(piece)
            run()
        }
        reader.inputEnded()
        run()
        return said
    }

    @Test func `what comes behind an announced body is told of`() {
        #expect(
            Self.play(["Status: 200\nContent-Length: 2\n\n", "ab", "c"], false)
                == ["200", "ab", "end", "wrote a longer body than its Content-Length of 2 bytes"]
        )
    }

    @Test func `lines of standard error are bounded, and obey nobody`() {
        var lines = ErrorLines()
        var said: [String] = []
        lines.take(ByteBuffer(string: "one\r\n\ntwo \u{1B}[31m\nthr")) { said.append($0) }
        lines.take(ByteBuffer(string: "ee")) { said.append($0) }
        lines.finish { said.append($0) }
        #expect(said == ["one", "two ?[31m", "three"])
        said = []
        var many = ErrorLines()
        for _ in 0..<3 { many.take(ByteBuffer(repeating: 120, count: 50_000)) { said.append($0) } }
        many.finish { said.append($0) }
        #expect(said.map(\.utf8.count).max() == ErrorLines.lineBytes)
        #expect(said.dropLast().reduce(0) { $0 + $1.utf8.count } <= ErrorLines.requestBytes)
        #expect(said.last?.hasPrefix("(it writes more, which is not logged") == true)
    }
}
