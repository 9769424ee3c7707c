/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form of a date that HTTP sends (RFC 9110 section 5.6.7).
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    package static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    package static func render(_ secondsSince1970: Int) -> [UInt8] {
        let parts = CivilTime(secondsSince1970: secondsSince1970)
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text.append(contentsOf: days[parts.daysSince1970 % 7].utf8)
        text.append(contentsOf: ", ".utf8)
        appendTwo(parts.day, to: &text)
        text.append(contentsOf: " \(months[parts.month - 1]) \(parts.year) ".utf8)
        appendTime(parts, to: &text)
        text.append(contentsOf: " GMT".utf8)
        return text
    }

    package static func appendTime(_ parts: CivilTime, to text: inout [UInt8]) {
        appendTwo(parts.hour, to: &text)
        text.append(UInt8(ascii: ":"))
        appendTwo(parts.minute, to: &text)
        text.append(UInt8(ascii: ":"))
        appendTwo(parts.second, to: &text)
    }

    package static func appendTwo(_ number: Int, to text: inout [UInt8]) {
        text.append(UInt8(truncatingIfNeeded: number / 10 % 10) &+ 0x30)
        text.append(UInt8(truncatingIfNeeded: number % 10) &+ 0x30)
    }
}
