import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@Suite struct ResponseFramingTests {
    typealias Body = ResponseFraming.Body
    typealias Delimiting = ResponseFraming.Delimiting

    struct Case: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = Body.empty
        var isHead = false
        var minorVersion: UInt8 = 1
        var keepsAlive = true
        var delimiting: Delimiting
        var contentLength: Int?
        var stays = true
    }

    static let cases = [
        Case(delimiting: .none, contentLength: 0),
        Case(body: .known(5), delimiting: .length(5), contentLength: 5),
        Case(headers: [("Content-Length", "9")], body: .known(5), delimiting: .length(5), contentLength: 5),
        Case(body: .unknown, delimiting: .chunked),
        Case(headers: [("Content-Length", "9")], body: .unknown, delimiting: .length(9), contentLength: 9),
        Case(headers: [("Content-Length", "-9")], body: .unknown, delimiting: .chunked),
        Case(headers: [("Content-Length", "9"), ("Content-Length", "9")], body: .unknown, delimiting: .chunked),
        Case(headers: [("Transfer-Encoding", "gzip")], body: .known(1), delimiting: .length(1), contentLength: 1),
        Case(body: .known(5), isHead: true, delimiting: .none, contentLength: 5),
        Case(headers: [("Content-Length", "77")], isHead: true, delimiting: .none, contentLength: 77),
        Case(isHead: true, delimiting: .none),
        Case(body: .unknown, isHead: true, delimiting: .none),
        Case(body: .unknown, isHead: true, minorVersion: 0, delimiting: .none),
        Case(status: 204, headers: [("Content-Length", "5")], body: .known(5), delimiting: .none),
        Case(status: 205, body: .known(5), delimiting: .none, contentLength: 0),
        Case(status: 304, body: .known(5), delimiting: .none),
        Case(status: 304, headers: [("Content-Length", "5")], delimiting: .none, contentLength: 5),
        Case(
            headers: [("Connection", "Close")],
            body: .known(1),
            delimiting: .length(1),
            contentLength: 1,
            stays: false
        ),
        Case(headers: [("Connection", "x, close ")], delimiting: .none, contentLength: 0, stays: false),
        Case(
            headers: [("Connection", "keep-alive")],
            keepsAlive: false,
            delimiting: .none,
            contentLength: 0,
            stays: false
        ),
        Case(body: .known(1), minorVersion: 0, delimiting: .length(1), contentLength: 1),
        Case(body: .unknown, minorVersion: 0, delimiting: .untilClose, stays: false),
    ]

    @Test(arguments: cases)
    func endOfTheResponse(_ given: Case) {
        var headers = Headers()
        for (name, value) in given.headers { headers.append(name, value) }
        var request = HTTP1Message()
        request.isHead = given.isHead
        request.isHTTP10 = given.minorVersion == 0
        request.keepsAlive = given.keepsAlive
        let framing = ResponseFraming(
            status: given.status,
            headers: headers,
            body: given.body,
            request: request
        )
        #expect(framing.delimiting == given.delimiting)
        #expect(framing.contentLength == given.contentLength)
        #expect(framing.keepsAlive == given.stays)
        #expect(framing.announcesKeepAlive == (given.stays && given.minorVersion == 0))
    }
}

@Suite struct ResponseEncoderTests {
    private func encode(
        _ status: HTTPResponse.Status,
        _ fields: [(String, String)] = [],
        body: ResponseFraming.Body = .empty,
        request: HTTP1Message = HTTP1Message(),
        isUpgrade: Bool = false
    ) -> String {
        var headers = Headers()
        for (name, value) in fields { headers.append(name, value) }
        var encoder = ResponseEncoder()
        encoder.setDate(784_111_777)
        var output = ByteBuffer()
        let framing = ResponseFraming(status: status.code, headers: headers, body: body, request: request)
        encoder.writeHead(status: status, headers: headers, framing: framing, isUpgrade: isUpgrade, into: &output)
        return String(buffer: output)
    }

    private let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: martlet\r\n"

    @Test func usualAnswer() {
        #expect(
            encode(.ok, [("Content-Type", "text/plain")], body: .known(1234))
                == "HTTP/1.1 200 OK\r\n\(date)Content-Type: text/plain\r\nContent-Length: 1234\r\n\r\n"
        )
        #expect(encode(.ok) == "HTTP/1.1 200 OK\r\n\(date)Content-Length: 0\r\n\r\n")
    }

    @Test func whatToUpgradeToIsSaidWith426Alone() {
        let fields = [("Upgrade", "websocket")]
        #expect(
            encode(HTTPResponse.Status(code: 426, reasonPhrase: "Upgrade Required"), fields)
                == "HTTP/1.1 426 Upgrade Required\r\n\(date)Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(!encode(.badRequest, fields).contains("pgrade"))
    }

    @Test func statusLine() {
        #expect(encode(.notFound).hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(encode(.init(code: 200, reasonPhrase: "Fine")).hasPrefix("HTTP/1.1 200 Fine\r\n"))
        #expect(encode(.init(code: 799, reasonPhrase: "")).hasPrefix("HTTP/1.1 799 \r\n"))
    }

    @Test func applicationsOwnDateAndServerAreKept() {
        #expect(
            encode(.ok, [("date", "today"), ("SERVER", "mine")])
                == "HTTP/1.1 200 OK\r\ndate: today\r\nSERVER: mine\r\nContent-Length: 0\r\n\r\n"
        )
    }

    @Test func whatBelongsToTheConnectionIsTheServers() {
        let fields = [
            ("Connection", "close"), ("Keep-Alive", "timeout=5"), ("Transfer-Encoding", "chunked"), ("Upgrade", "h2c"),
            ("Content-Length", "99"), ("Trailer", "X"), ("TE", "x"), ("Proxy-Connection", "x"), ("Trailers", "X"),
            ("Proxy-Authenticate", "Basic"), ("Proxy-Authorization", "x"), ("X-Kept", "yes"),
        ]
        #expect(
            encode(.ok, fields, body: .known(3))
                == "HTTP/1.1 200 OK\r\n\(date)X-Kept: yes\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        )
    }

    @Test func streamsAndOldClients() {
        #expect(encode(.ok, body: .unknown).hasSuffix("Transfer-Encoding: chunked\r\n\r\n"))
        var old = HTTP1Message()
        old.isHTTP10 = true
        #expect(encode(.ok, body: .unknown, request: old).hasSuffix("Server: martlet\r\nConnection: close\r\n\r\n"))
        #expect(encode(.ok, request: old).hasSuffix("Content-Length: 0\r\nConnection: keep-alive\r\n\r\n"))
    }

    @Test func upgradeKeepsItsField() {
        #expect(
            encode(.switchingProtocols, [("Upgrade", "websocket")], isUpgrade: true)
                == "HTTP/1.1 101 Switching Protocols\r\n\(date)Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        )
    }

    @Test(arguments: [
        (1, "1"), (9, "9"), (10, "a"), (16, "10"), (255, "ff"), (65_536, "10000"), (Int.max, "7fffffffffffffff"),
    ])
    func chunkSizes(size: Int, text: String) {
        var output = ByteBuffer()
        ResponseEncoder.writeChunkSize(size, into: &output)
        #expect(String(buffer: output) == text + "\r\n")
    }
}
