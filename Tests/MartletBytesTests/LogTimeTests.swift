import Glibc
import Testing

@testable import MartletBytes

@Suite struct LogTimeTests {
    @Test(arguments: [(7200, "+0200"), (-12600, "-0330"), (0, "+0000")])
    func timesNameTheirZone(offset: Int, zone: String) {
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (126, 7, 1)
        (time.tm_hour, time.tm_min, time.tm_sec) = (9, 5, 0)
        time.tm_gmtoff = offset
        #expect(LogTime.render(time, milliseconds: 7) == "2026-08-01 09:05:00.007 \(zone)")
    }
}
