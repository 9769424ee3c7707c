import Glibc
import Testing

@testable import MartletBytes

@Suite struct LogTimeTests {
    @Test func inUTC() {
        #expect(LogTime.utc(seconds: 1_785_569_405, milliseconds: 7) == "2026-08-01T07:30:05.007Z")
        #expect(LogTime.utc(seconds: 0, milliseconds: 120) == "1970-01-01T00:00:00.120Z")
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
