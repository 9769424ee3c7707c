/// A moment in the Gregorian calendar, in UTC; moments before 1970 count as 1970.
package struct CivilTime: Sendable, Equatable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    package let daysSince1970: Int

    package init(secondsSince1970: Int) {
        // The year 9999 is the last that fits the format.
        let moment = min(max(secondsSince1970, 0), 253_402_300_799)
        daysSince1970 = moment / 86_400
        let ofDay = moment % 86_400
        hour = ofDay / 3600
        minute = ofDay / 60 % 60
        second = ofDay % 60
        // Counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
        let shifted = daysSince1970 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
