extension HTTPDate {
    /// Reads a date in one of the three forms that a recipient must accept (RFC 9110 section 5.6.7).
    ///
    /// - Returns: seconds since 1970; nil if it is none of them.
    package static func parse(_ text: some BidirectionalCollection<UInt8>) -> Int? {
        var reader = Reader(text: Array(FieldSyntax.trimmed(text).prefix(64)))
        guard reader.word() != nil else { return nil }
        let civil: (year: Int, month: Int, day: Int)
        if reader.take(",") {
            guard reader.take(" "), let day = reader.number(2) else { return nil }
            if reader.take("-") {
                // RFC 850: two digits of the year. There was no HTTP before 1970.
                guard let month = reader.month(), reader.take("-"), let short = reader.number(2) else { return nil }
                civil = (short + (short < 70 ? 2000 : 1900), month, day)
            } else {
                guard reader.take(" "), let month = reader.month(), reader.take(" "), let year = reader.number(4)
                else { return nil }
                civil = (year, month, day)
            }
            guard reader.take(" "), let time = reader.time(), reader.take(" "), reader.word() == "GMT" else {
                return nil
            }
            return reader.isAtEnd ? seconds(civil, time) : nil
        }
        // asctime: "Sun Nov  6 08:49:37 1994".
        guard reader.take(" "), let month = reader.month(), reader.take(" ") else { return nil }
        guard let day = reader.take(" ") ? reader.number(1) : reader.number(2), reader.take(" "),
            let time = reader.time(), reader.take(" "), let year = reader.number(4), reader.isAtEnd
        else { return nil }
        return seconds((year, month, day), time)
    }

    private static func seconds(_ date: (year: Int, month: Int, day: Int), _ ofDay: Int) -> Int? {
        guard (1...31).contains(date.day) else { return nil }
        // Counted from 1 March, so that the leap day is the last of its year: the inverse of CivilTime.
        let year = date.month <= 2 ? date.year - 1 : date.year
        let era = year / 400
        let yearOfEra = year % 400
        let dayOfYear = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + ofDay
    }
}

private struct Reader {
    let text: [UInt8]
    private var place = 0

    init(text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { place == text.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard place < text.count, UInt32(text[place]) == character.value else { return false }
        place += 1
        return true
    }

    /// Letters, at least one.
    mutating func word() -> String? {
        let start = place
        while place < text.count, ASCII.isLetter(text[place]) { place += 1 }
        return place > start ? String(decoding: text[start..<place], as: UTF8.self) : nil
    }

    mutating func number(_ digits: Int) -> Int? {
        guard text.count - place >= digits else { return nil }
        defer { place += digits }
        return DecimalText.value(of: text[place..<(place + digits)])
    }

    mutating func month() -> Int? {
        guard let name = word() else { return nil }
        return HTTPDate.months.firstIndex(of: name).map { $0 + 1 }
    }

    /// Seconds of the day. A leap second is 60.
    mutating func time() -> Int? {
        guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }
}
