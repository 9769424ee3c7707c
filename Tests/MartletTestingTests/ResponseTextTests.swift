import NIOCore
import Testing

@testable import MartletTesting

/// The strict reading of a live server's answer.
@Suite struct ResponseTextTests {
    static let rows: [(String, isHead: Bool, body: String, isComplete: Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", false, "ab", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false, "ab", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, "", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", false, "", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, "", true),
        ("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", false, "", true),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", false, "", true),
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false, "a", true),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false, "a", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n", false,
            "ab0123456789", true
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", false, "ab", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", false, "ab", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nab", false, "ab", false),
        ("HTTP/1.1 200 OK\r\n\r\nab", false, "ab", true),
    ]

    @Test("Answers", arguments: rows.indices)
    func answers(_ index: Int) throws {
        let row = Self.rows[index]
        let response = try ResponseText.parse(ByteBuffer(string: row.0), isHead: row.isHead)
        #expect(response.text == row.body)
        #expect(response.isComplete == row.isComplete)
    }

    static let broken = [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    ]

    @Test("No answers", arguments: broken.indices)
    func noAnswers(_ index: Int) {
        #expect(throws: ResponseText.Malformed.self) {
            try ResponseText.parse(ByteBuffer(string: Self.broken[index]), isHead: false)
        }
    }
}
