import Logging
import Testing

@testable import MartletCommand

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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

    @Test func controlCharactersAreShown() {
        #expect(render("a\u{1B}[31m\r\u{2028}") == "TIME info     a\\x1b[31m\\x0d\\x2028\n")
    }

    @Test(arguments: [(7200, "+0200"), (-12600, "-0330"), (0, "+0000")])
    func timesNameTheirZone(offset: Int, zone: String) {
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (126, 7, 1)
        (time.tm_hour, time.tm_min, time.tm_sec) = (9, 5, 0)
        time.tm_gmtoff = offset
        #expect(LogTime.render(time, milliseconds: 7) == "2026-08-01 09:05:00.007 \(zone)")
    }
}
