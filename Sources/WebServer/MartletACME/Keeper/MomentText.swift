import MartletBytes

/// Times for people.
package enum MomentText {
    /// `2026-11-29 12:05 UTC`
    package static func render(_ secondsSince1970: Int) -> String {
        let time = CivilTime(secondsSince1970: secondsSince1970)
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)) UTC"
    }

    /// `5 s`, `15 min`, `3 h`
    static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        default: "\(seconds / 3600) h"
        }
    }

    private static func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
}
