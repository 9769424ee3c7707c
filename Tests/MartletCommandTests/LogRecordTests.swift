import Logging
import MartletBytes
import Testing

@testable import MartletCommand

@Suite struct LogRecordTests {
    private func render(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        LogRecord(time: "TIME", level: .info, message: message, metadata: metadata).render(.plain)
    }

    @Test func isOneLine() {
        #expect(
            render("started", ["port": "8000", "app": "hello:app"]) == "TIME info     started app=hello:app port=8000\n"
        )
    }

    @Test func quotesWhatHasSpaces() {
        #expect(render("x", ["path": "a \"b\"\nc"]) == "TIME info     x path=\"a \\\"b\\\"\\nc\"\n")
        #expect(render("x", ["path": ""]) == "TIME info     x path=\"\"\n")
    }

    @Test func furtherLinesAreIndented() {
        #expect(render("Traceback:\n  File") == "TIME info     Traceback:\n      File\n")
    }

    @Test func detailsStandBelowAsTheyAre() {
        #expect(
            render("failed", [LogDetails.key: "Traceback:\n  x", "a": "b"])
                == "TIME info     failed a=b\nTraceback:\n  x\n"
        )
        #expect(render("failed", [LogDetails.key: "x\n"]) == "TIME info     failed\nx\n")
    }

    @Test func controlCharactersAreShown() {
        #expect(render("a\u{1B}[31m\r\u{2028}") == "TIME info     a\\x1b[31m\\x0d\\x2028\n")
    }
}
