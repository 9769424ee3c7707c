import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@testable import MartletProxy

/// FastCGI to upstreams.
@Suite struct FastCGICodecTests {
    static func record(_ type: UInt8, _ text: String, request: UInt8 = 1) -> [UInt8] {
        let content = Array(text.utf8)
        return [1, type, 0, request, UInt8(content.count >> 8), UInt8(content.count & 255), 3, 0] + content + [0, 0, 0]
    }

    static func out(_ text: String) -> [UInt8] { record(6, text) }
    static func err(_ text: String) -> [UInt8] { record(7, text) }
    static func end(status: UInt8 = 0) -> [UInt8] { [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, status, 0, 0, 0] }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let input: [UInt8]
        let said: [String]
        let isIdle: Bool

        init(_ name: String, _ input: [UInt8], _ said: [String], isIdle: Bool = false) {
            (testDescription, self.input, self.said, self.isIdle) = (name, input, said, isIdle)
        }
    }

    static let cases = [
        Case(
            "whole",
            out("Status: 201 Created\r\nContent-Length: 4\r\n\r\nbo") + out("dy") + end(),
            ["201 length(4) ", "data body", "end"],
            isIdle: true
        ),
        Case(
            "no length",
            out("Content-Type: a/b\n\nbody") + out("") + end(),
            ["200 unknown Content-Type=a/b", "data body", "end"],
            isIdle: true
        ),
        Case(
            "errors, before their answer and behind it",
            err("PHP message: a\nPHP mess") + out("Status: 200\n\nbody") + err("age: b\u{1B}[2J") + end(),
            ["log PHP message: a", "200 unknown ", "data body", "log PHP message: b?[2J", "end"],
            isIdle: true
        ),
        Case("a local redirect", out("Location: /x?y\n\n") + end(), ["redirect /x?y"]),
        Case("no answer", end(), ["fault it ended without an answer (end)"]),
        Case(
            "cut short",
            out("Status: 200\n\nbo"),
            ["200 unknown ", "data bo", "fault it closed the connection in the middle of a request"]
        ),
        Case("closed at once", [], ["fault it closed the connection before it began (end)"]),
        Case("overloaded", end(status: 2), ["fault it is overloaded (FCGI_OVERLOADED)"]),
        Case(
            "HTTP",
            Array("HTTP/1.1 200 OK".utf8),
            ["fault it speaks no FastCGI 1: its record begins with the byte 72"]
        ),
        Case(
            "a stranger's record",
            record(6, "x", request: 2),
            ["fault it sent a record for the request 2, which there is not"]
        ),
        Case(
            "more than announced",
            out("Content-Type: a/b\nContent-Length: 1\n\na") + out("b") + end(),
            [
                "200 length(1) Content-Type=a/b", "data a",
                "fault it wrote a longer body than its Content-Length of 1 bytes",
            ]
        ),
    ]

    @Test("Answers", arguments: cases, [1, 9, 100_000])
    func answers(row: Case, piece: Int) throws {
        let run = try CodecRun(
            FastCGICodec(keepsConnection: true, authority: []),
            CodecRun.outgoing(),
            input: row.input,
            piece: piece,
            ends: !row.isIdle
        )
        // Where all of it is there at once, the second record is known to be too much before anything was passed on.
        #expect(run.said.last == row.said.last)
        if piece < 100 { #expect(run.said == row.said) }
        #expect(run.isIdle == row.isIdle)
    }

    @Test("Without a kept connection an announced body is the end")
    func announced() throws {
        let answer = Self.out("Content-Type: a/b\nContent-Length: 4\n\nbody")
        let run = try CodecRun(
            FastCGICodec(keepsConnection: false, authority: []),
            CodecRun.outgoing(),
            input: answer,
            piece: 1,
            ends: false
        )
        #expect(run.said == ["200 length(4) Content-Type=a/b", "data body", "end"] && !run.isIdle)
    }

    @Test("A script has its file, its folder and what is behind its name")
    func scripts() throws {
        let script = UpstreamScript(
            folder: Array("/srv".utf8),
            name: Array("/a.php".utf8),
            pathInfo: Array("/in/o".utf8)
        )
        let request = OutgoingRequest(try CodecRun.outgoing("/app/a.php/in%2Fo?q", route: "/app"), by: script)
        let variables = try request.variables(over: .fastcgi, framing: .none, [], limits: CGIVariables.Limits())
        let expected = [
            "SCRIPT_FILENAME": "/srv/a.php", "SCRIPT_NAME": "/app/a.php", "PATH_INFO": "/in/o", "DOCUMENT_ROOT": "/srv",
            "PATH_TRANSLATED": "/srv/in/o", "REDIRECT_STATUS": "200", "REQUEST_URI": "/app/a.php/in%2Fo?q",
            "QUERY_STRING": "q",
        ]
        for (name, value) in expected { #expect(variables[name] == value, "\(name)") }
    }
}
