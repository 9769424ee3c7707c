import MartletBytes
import Testing

@testable import MartletAttached

@Suite struct ScheduleTests {
    /// Central Europe in 2026: the clock goes forward on 29 March at 2, back on 25 October at 3.
    static let berlin = LocalZone { (1_774_746_000..<1_792_890_000).contains($0) ? 7200 : 3600 }
    /// Lord Howe Island, where it goes by half an hour: back on 5 April 2026 at 2, forward on 4 October at 2.
    static let lordHowe = LocalZone { (1_775_314_800..<1_791_041_400).contains($0) ? 37_800 : 39_600 }
    static let utc = LocalZone { _ in 0 }

    /// `2026-11-29 12:05` as seconds, as if in UTC.
    static func seconds(_ text: String) throws -> Int {
        let parts = text.split { "- :".contains($0) }.compactMap { Int($0) }
        try #require(parts.count == 5)
        let day = try #require(
            (0..<40_000).first { day in
                let civil = CivilTime(secondsSince1970: day * 86_400)
                return (civil.year, civil.month, civil.day) == (parts[0], parts[1], parts[2])
            }
        )
        return day * 86_400 + parts[3] * 3600 + parts[4] * 60
    }

    private func times(_ schedule: String, from start: String, _ zone: LocalZone, _ count: Int) throws -> [String] {
        let schedule = try Schedule(parsing: schedule)
        var moment = zone.moment(of: try Self.seconds(start))
        var times: [String] = []
        for _ in 0..<count {
            guard let next = schedule.next(after: moment, in: zone) else { break }
            #expect(next > moment && next % 60 == 0)
            times.append(zone.text(next))
            moment = next
        }
        return times
    }

    @Test(arguments: [
        ("*/15 * * * *", "2026-11-29 12:05", ["2026-11-29 12:15", "2026-11-29 12:30"]),
        ("0 0 * * *", "2026-12-31 00:00", ["2027-01-01 00:00", "2027-01-02 00:00"]),
        ("@daily", "2026-12-31 00:00", ["2027-01-01 00:00"]),
        ("@hourly", "2026-12-31 23:00", ["2027-01-01 00:00"]),
        ("@WEEKLY", "2026-11-29 00:00", ["2026-12-06 00:00"]),
        ("@monthly", "2026-11-29 00:00", ["2026-12-01 00:00"]), ("@yearly", "2026-11-29 00:00", ["2027-01-01 00:00"]),
        ("30 4 1,15 * *", "2026-11-29 12:00", ["2026-12-01 04:30", "2026-12-15 04:30"]),
        ("0 9-17/4 * * mon-fri", "2026-11-27 13:00", ["2026-11-27 17:00", "2026-11-30 09:00"]),
        ("0 0 29 2 *", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("5 0 * aug *", "2026-11-29 00:00", ["2027-08-01 00:05"]),
        ("0 12 * * 7", "2026-11-29 12:00", ["2026-12-06 12:00"]),
        ("0 12 * * SUN", "2026-11-29 11:59", ["2026-11-29 12:00"]),
        // One of the two days is enough.
        ("0 0 13 * fri", "2026-11-01 00:00", ["2026-11-06 00:00", "2026-11-13 00:00", "2026-11-20 00:00"]),
        // A field that begins with an asterisk restricts nothing by itself.
        ("0 0 */2 * mon", "2026-11-29 00:00", ["2026-12-07 00:00", "2026-12-21 00:00"]),
        ("59 23 31 12 *", "2026-12-31 23:59", ["2027-12-31 23:59"]),
    ])
    func nextTimes(schedule: String, start: String, expected: [String]) throws {
        #expect(try times(schedule, from: start, Self.utc, expected.count) == expected)
    }

    @Test("a time that the clock leaves out comes when it has changed, once")
    func forward() throws {
        let found = try times("*/20 2 * * *", from: "2026-03-28 02:40", Self.berlin, 3)
        #expect(found == ["2026-03-29 03:00", "2026-03-30 02:00", "2026-03-30 02:20"])
        #expect(
            try times("30 2 * * *", from: "2026-03-28 02:30", Self.berlin, 2) == [
                "2026-03-29 03:00", "2026-03-30 02:30",
            ]
        )
        #expect(
            try times("0 3 * * *", from: "2026-03-28 03:00", Self.berlin, 2) == [
                "2026-03-29 03:00", "2026-03-30 03:00",
            ]
        )
        #expect(
            try times("*/30 * * * *", from: "2026-03-29 01:00", Self.berlin, 3)
                == ["2026-03-29 01:30", "2026-03-29 03:00", "2026-03-29 03:30"]
        )
        #expect(
            try times("15 2 * * *", from: "2026-10-03 02:15", Self.lordHowe, 2) == [
                "2026-10-04 02:30", "2026-10-05 02:15",
            ]
        )
    }

    @Test("a time that is there twice comes the first time, and one of every hour both times")
    func back() throws {
        let zone = Self.berlin
        #expect(try times("30 2 * * *", from: "2026-10-24 02:30", zone, 2) == ["2026-10-25 02:30", "2026-10-26 02:30"])
        let first = try #require(
            Schedule(parsing: "30 2 * * *").next(after: zone.moment(of: Self.seconds("2026-10-25 00:00")), in: zone)
        )
        #expect(zone.civil(first + 3600).hour == 2, "it is the first of the two")
        #expect(
            try times("30 * * * *", from: "2026-10-25 01:30", zone, 3)
                == ["2026-10-25 02:30", "2026-10-25 02:30", "2026-10-25 03:30"]
        )
        #expect(
            try times("45 1 * * *", from: "2026-04-04 01:45", Self.lordHowe, 2) == [
                "2026-04-05 01:45", "2026-04-06 01:45",
            ]
        )
    }

    @Test("a midnight that the clock leaves out begins the day all the same")
    func noMidnight() throws {
        // In Beirut the clock goes forward at midnight: 29 March 2026.
        let beirut = LocalZone { $0 < 1_774_735_200 ? 7200 : 10_800 }
        #expect(
            try times("0 0 * * *", from: "2026-03-28 00:00", beirut, 2) == ["2026-03-29 01:00", "2026-03-30 00:00"]
        )
        #expect(
            try times("0 * 29 * *", from: "2026-03-28 12:00", beirut, 2) == ["2026-03-29 01:00", "2026-03-29 02:00"]
        )
    }

    @Test(arguments: [
        ("", "it has five fields, minute hour day month weekday, as in '30 4 * * 1'; here are 0"),
        ("* * * *", "it has five fields, minute hour day month weekday, as in '30 4 * * 1'; here are 4"),
        ("* * * * * root", "it has five fields, minute hour day month weekday, as in '30 4 * * 1'; here are 6"),
        ("60 * * * *", "minute: '60' is not from 0 to 59"), ("* 24 * * *", "hour: '24' is not from 0 to 23"),
        ("* * 0 * *", "day: '0' is not from 1 to 31"), ("* * * 13 *", "month: '13' is not from 1 to 12"),
        ("* * * * 8", "weekday: '8' is not from 0 to 7"),
        ("* * * jna *", "month: 'jna' is not from 1 to 12; did you mean 'jan'?"),
        ("*/0 * * * *", "minute: the step '0' is not from 1 to 59"),
        ("*/x * * * *", "minute: the step 'x' is not from 1 to 59"),
        ("5/10 * * * *", "minute: a step needs a range, as in 5-59/10"),
        ("* * * * fri-mon", "weekday: 'fri-mon' ends before it begins; write it as a list"),
        ("1,,2 * * * *", "minute: '' is not from 0 to 59"), ("-5 * * * *", "minute: '' is not from 0 to 59"),
        ("99999999999999999999 * * * *", "minute: '99999999999999999999' is not from 0 to 59"),
        ("0 0 31 2 *", "no month that it names has such a day, so it would never come"),
        ("@reboot", "a command without a schedule runs from the start of the server on"),
        ("@often", "there is no '@often'; there are @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly"),
    ])
    func isRefused(text: String, message: String) {
        #expect(throws: ScheduleError(message)) { try Schedule(parsing: text) }
    }

    @Test("the clock of the machine is asked")
    func system() {
        let now = 1_800_000_000
        #expect(abs(LocalZone.system.civil(now).daysSince1970 - now / 86_400) <= 1)
    }
}
