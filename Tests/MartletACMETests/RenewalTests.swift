import Testing

@testable import MartletACME

struct RenewalTests {
    private static let day = 86_400

    @Test(
        arguments: [
            // Ninety days, ten, and six hours.
            (0, 90 * day, nil, 60 * day), (0, 9 * day, nil, 6 * day), (0, 6 * 3600, nil, 4 * 3600),
            // Its beginning was put back by an hour: it still stays for a third of the rest.
            (0, 90 * day, 3600, 60 * day), (-3600, 60, 0, 20), (0, 100, 70, 80),
            // Nonsense does not trap.
            (100, 0, nil, 0), (0, 100, 200, 67), (.min / 2, .max / 2, nil, .max / 2 - (.max / 2 - .min / 2) / 3),
        ] as [(Int, Int, Int?, Int)]
    )
    func usual(from: Int, to: Int, obtained: Int?, due: Int) {
        #expect(RenewalTime.usual(from: from, to: to, obtained: obtained) == due)
    }

    @Test func suggested() {
        var generator = SystemRandomNumberGenerator()
        func due(_ window: ClosedRange<Int>, _ end: Int, _ obtained: Int? = nil) -> Int {
            RenewalTime.suggested(window, before: end, obtained: obtained, using: &generator)
        }
        let day = Self.day
        for _ in 0..<100 { #expect((day...(2 * day)).contains(due(day...(2 * day), 90 * day))) }
        #expect(due(5...5, 90 * day) == 5, "at once, after a revocation")
        #expect(due(100 * day...101 * day, 90 * day) == 90 * day - 3600, "never too late")
        #expect(due(5...5, 90 * day, 1000) == 4600, "a new one is not renewed at once")
        #expect(due(5...5, 1300, 1000) == 1100)
    }

    @Test(arguments: [(nil, 21_600), (0, 60), (3600, 3600), (10_000_000, 86_400)] as [(Int?, Int)])
    func nextLook(after: Int?, seconds: Int) {
        #expect(RenewalTime.nextLook(after: after) == seconds)
    }

    @Test(
        arguments: [
            (1, false, nil, 60), (2, false, nil, 300), (3, false, nil, 900), (6, false, nil, 21_600),
            (1000, false, nil, 21_600),
            (1, true, nil, 5), (2, true, nil, 10), (7, true, nil, 3600), (.max, true, nil, 3600), (0, true, nil, 5),
            (1, false, 7200, 7200), (6, false, 10, 21_600), (1, true, 30, 30),
        ] as [(Int, Bool, Int?, Int)]
    )
    func backOff(failures: Int, isPassing: Bool, retryAfter: Int?, seconds: Int) {
        #expect(BackOff.delay(after: failures, isPassing: isPassing, retryAfter: retryAfter) == seconds)
    }

    /// No more than four wrong proofs in the first hour: Let's Encrypt allows five.
    @Test func theFirstHour() {
        var (moment, count) = (0, 0)
        while moment < 3600 {
            count += 1
            moment += BackOff.delay(after: count, isPassing: false, retryAfter: nil)
        }
        #expect(count == 4)
    }

    @Test(
        arguments: [
            ("120", 120), (" 0 ", 0), ("99999999999999999999", 604_800), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
            ("Sun, 06 Nov 1994 08:49:00 GMT", 0), ("Sun, 06 Nov 2094 08:49:37 GMT", 604_800), ("", nil), ("-5", nil),
            ("soon", nil),
            ("1.5", nil),
        ] as [(String, Int?)]
    )
    func retryAfter(text: String, seconds: Int?) {
        // Sun, 06 Nov 1994 08:49:00 GMT
        #expect(RetryAfter.seconds(text, now: 784_111_740) == seconds)
    }

    /// The example of RFC 9773 section 4.1.
    @Test func nameOfACertificate() {
        let authority: [UInt8] = [
            0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01,
            0xC8,
            0xD4,
        ]
        let name = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
        #expect(IssuedCertificate.renewalName(authority: authority, serial: [0x87, 0x65, 0x43, 0x21]) == name)
        #expect(IssuedCertificate.renewalName(authority: authority, serial: [0, 0, 0x87, 0x65, 0x43, 0x21]) == name)
        #expect(IssuedCertificate.renewalName(authority: [], serial: []) == ".AA")
    }

    @Test(
        arguments: [
            ("2025-01-02T04:00:00Z", "2025-01-03T04:00:00Z", 1_735_790_400...1_735_876_800),
            ("2025-01-02T04:00:00.25Z", "2025-01-03T04:00:00.75Z", 1_735_790_400...1_735_876_801),
            ("2025-01-03T04:00:00Z", "2025-01-02T04:00:00Z", nil), ("soon", "later", nil),
        ] as [(String, String, ClosedRange<Int>?)]
    )
    func window(start: String, end: String, range: ClosedRange<Int>?) throws {
        let json = #"{"suggestedWindow":{"start":"\#(start)","end":"\#(end)"}}"#
        let info = try ACMEJSON.decode(as: RenewalInfo.self, Array(json.utf8))
        #expect(info.window == range)
    }
}
