import MartletBytes

/// When a command runs: the five fields of a crontab (crontab(5)), as a value.
///
/// The rules:
///
/// 1. Minute, hour, day of the month, month, day of the week; each `*`, a number, a name (`jan`, `mon`), a range, a list of these with commas
///    between, and a step behind `/`. 0 and 7 are Sunday. `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` stand for five fields.
/// 2. Where both days are restricted, one of the two is enough; a field that begins with `*` does not restrict.
/// 3. Times are those of the machine's zone. Where the hour is restricted, a time that a change of the clock leaves out comes when the clock has
///    changed, once; one that is there twice comes the first time. Where it is not, every real minute counts, as Debian's cron has it.
package struct Schedule: Sendable, Equatable {
    /// As it was written.
    package let text: String
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    private let hasAnyDay: Bool
    private let hasAnyWeekday: Bool

    /// - Throws: ``ScheduleError``.
    package init(parsing text: String) throws(ScheduleError) {
        self.text = text
        let fields = try Self.fields(text)
        minutes = try ScheduleField.minute.values(fields[0])
        hours = try ScheduleField.hour.values(fields[1])
        days = try ScheduleField.day.values(fields[2])
        months = try ScheduleField.month.values(fields[3])
        weekdays = Set(try ScheduleField.weekday.values(fields[4]).map { $0 % 7 })
        hasAnyDay = fields[2].hasPrefix("*")
        hasAnyWeekday = fields[4].hasPrefix("*")
        if hasAnyWeekday, !months.contains(where: { month in days.contains { $0 <= Self.longest(month) } }) {
            throw ScheduleError("no month that it names has such a day, so it would never come")
        }
    }

    private static let names = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private static func fields(_ text: String) throws(ScheduleError) -> [Substring] {
        if text.hasPrefix("@") {
            guard let fields = names[text.lowercased()] else {
                throw ScheduleError(
                    text.lowercased() == "@reboot"
                        ? "a command without a schedule runs from the start of the server on"
                        : "there is no '\(text)'; there are \(names.keys.sorted().joined(separator: ", "))"
                )
            }
            return fields.split(separator: " ")
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            throw ScheduleError(
                "it has five fields, minute hour day month weekday, as in '30 4 * * 1'; here are \(fields.count)"
            )
        }
        return fields
    }

    private static func longest(_ month: Int) -> Int {
        switch month {
        case 2: 29
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Why a text is no schedule.
package struct ScheduleError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

// MARK: - The next time

extension Schedule {
    /// Leap days are at most eight years apart.
    private static let mostDays = 9 * 366

    /// The first moment behind another one; in seconds since 1970.
    package func next(after moment: Int, in zone: LocalZone) -> Int? {
        hours.count == 24 ? nextOfEveryHour(after: moment, zone) : nextOfSomeHours(after: moment, zone)
    }

    private func nextOfSomeHours(after moment: Int, _ zone: LocalZone) -> Int? {
        // A day before it, since a change of the clock may move a time into it.
        let first = zone.civil(moment).daysSince1970 - 1
        let times = hours.sorted().flatMap { hour in minutes.sorted().map { hour * 3600 + $0 * 60 } }
        for day in first..<first + Self.mostDays where matches(day) {
            for time in times {
                let candidate = zone.moment(of: day * 86_400 + time)
                if candidate > moment { return candidate }
            }
        }
        return nil
    }

    private func nextOfEveryHour(after moment: Int, _ zone: LocalZone) -> Int? {
        var candidate = (moment / 60 + 1) * 60
        let last = moment + Self.mostDays * 86_400
        while candidate <= last {
            let civil = zone.civil(candidate)
            if !matches(civil.daysSince1970) {
                // The next midnight, wherever the clock puts it.
                candidate = max(candidate + 60, zone.moment(of: (civil.daysSince1970 + 1) * 86_400))
            } else if minutes.contains(civil.minute) {
                return candidate
            } else {
                candidate += 60
            }
        }
        return nil
    }

    private func matches(_ day: Int) -> Bool {
        guard day >= 0 else { return false }
        let civil = CivilTime(secondsSince1970: day * 86_400)
        guard months.contains(civil.month) else { return false }
        // 1 January 1970 was a Thursday.
        let isDay = days.contains(civil.day)
        let isWeekday = weekdays.contains((day + 4) % 7)
        return hasAnyDay || hasAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }
}
