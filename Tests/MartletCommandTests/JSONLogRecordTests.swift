import Logging
import MartletBytes
import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct JSONLogRecordTests {
    private func render(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        let line = JSONLogRecord(time: "TIME", level: .warning, message: message, metadata: metadata).render()
        // The process is another one each time.
        return line.replacing(/"pid":\d+/, with: "\"pid\":1")
    }

    private static let begin = #"{"time":"TIME","level":"warning","source":"server","pid":1,"#

    @Test func hasAllNames() {
        #expect(
            render("started") == Self.begin
                + #""message":"started","request_id":null,"trace_id":null,"details":null,"fields":{}}"# + "\n"
        )
    }

    @Test func whatIsKnownOfARequestHasNamesOfItsOwn() {
        let metadata: Logger.Metadata = [
            "request": "1-2", "trace_id": "4bf9", LogDetails.key: "Traceback:\n  x", "client": "192.0.2.1", "app": "/a",
        ]
        #expect(
            render("x", metadata) == Self.begin
                + #""message":"x","request_id":"1-2","trace_id":"4bf9","details":"Traceback:\n  x","#
                + #""fields":{"app":"/a","client":"192.0.2.1"}}"# + "\n"
        )
    }

    @Test func whateverIsSaidIsOneLine() {
        let line = render("a\n\"b\"\\ \u{1B}[31m \u{85}", ["k\"ey": "v\n"])
        #expect(line.filter { $0 == "\n" }.count == 1)
        #expect(line.contains(#""message":"a\n\"b\"\\ \u001b[31m \u0085""#))
        #expect(line.contains(#""fields":{"k\"ey":"v\n"}"#))
    }
}
