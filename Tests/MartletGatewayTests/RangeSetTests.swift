import MartletGateway
import Testing

@Suite struct RangeSetTests {
    @Test(
        "Ranges of a file of ten bytes",
        arguments: [
            ("bytes=0-4", .ranges([0..<5])), ("bytes=5-", .ranges([5..<10])), ("bytes=0-", .ranges([0..<10])),
            ("bytes=9-9", .ranges([9..<10])), ("bytes=-3", .ranges([7..<10])), ("bytes=-10", .ranges([0..<10])),
            ("bytes=-99", .ranges([0..<10])), ("bytes=2-99", .ranges([2..<10])), ("BYTES=1-2", .ranges([1..<3])),
            ("bytes=0-0,-1", .ranges([0..<1, 9..<10])), ("bytes= 0-0 , 4-5", .ranges([0..<1, 4..<6])),
            ("bytes=,0-1,,", .ranges([0..<2])),
            // Numbers beyond 2^63.
            ("bytes=0-9223372036854775807", .ranges([0..<10])), ("bytes=0-99999999999999999999", .ranges([0..<10])),
            ("bytes=-99999999999999999999", .ranges([0..<10])), ("bytes=9223372036854775807-", .unsatisfiable),
            ("bytes=99999999999999999999-99999999999999999999", .unsatisfiable),
            ("bytes=00000000000000000000001-2", .ranges([1..<3])),
            // In the order of the client, those that overlap or touch joined.
            ("bytes=8-9,0-1", .ranges([8..<10, 0..<2])), ("bytes=0-2,1-4", .ranges([0..<5])),
            ("bytes=0-1,2-3", .ranges([0..<4])), ("bytes=8-9,0-3,2-5", .ranges([8..<10, 0..<6])),
            ("bytes=0-1,4-5,1-4", .ranges([0..<6])), ("bytes=6-7,0-0,3-3,0-3", .ranges([6..<8, 0..<4])),
            ("bytes=0-,-10,0-9", .ranges([0..<10])),
            // What is behind the end is left out, if anything is left.
            ("bytes=10-", .unsatisfiable), ("bytes=10-20,99-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=10-,0-0", .ranges([0..<1])),
            ("bytes=-0,0-0", .ranges([0..<1])),
        ] as [(String, RangeSet)]
    )
    func satisfied(_ value: String, _ expected: RangeSet) {
        #expect(Self.parse(value) == expected)
    }

    @Test(
        "What is not understood is ignored",
        arguments: [
            "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=4-2", "bytes=+1-2",
            "bytes=1-+2",
            "bytes=--1", "bytes=1--2", "bytes =0-1", "items=0-1", "bytes=0-1,x", "bytes=0x1-2", "bytes=1-2;q=1",
            "bytes=0 -1",
            "bytes:0-1", "bytes=0-1-2", "bytes=\u{0}", "bytes=０-1",
        ]
    )
    func ignored(_ value: String) {
        #expect(Self.parse(value) == .whole)
    }

    @Test func thereIsABoundOnTheirNumber() {
        let many = (0..<RangeSet.most).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
        #expect(Self.parse("bytes=\(many)", size: 1000) == .ranges((0..<RangeSet.most).map { $0 * 2..<($0 * 2 + 1) }))
        #expect(Self.parse("bytes=\(many),999-", size: 1000) == .whole)
    }

    @Test func anEmptyFileHasNone() {
        for value in ["bytes=0-", "bytes=-1", "bytes=5-6"] { #expect(Self.parse(value, size: 0) == .whole) }
    }

    @Test func theLargestFileHasThem() {
        #expect(Self.parse("bytes=-1", size: .max) == .ranges([(.max - 1)..<(.max)]))
        #expect(Self.parse("bytes=0-", size: .max) == .ranges([0..<Int.max]))
        #expect(Self.parse("bytes=5000000000-5000000001", size: .max) == .ranges([5_000_000_000..<5_000_000_002]))
    }

    @Test("No text makes it trap, or makes ranges that are not of the file")
    func anything() {
        let alphabet = Array("bytes=0123456789-,, \t;*\u{0}ü".utf8)
        var random = SystemRandomNumberGenerator()
        for round in 0..<200_000 {
            var text = round % 3 == 0 ? [] : Array("bytes=".utf8)
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text.append(round % 7 == 0 ? .random(in: 0...255) : alphabet.randomElement(using: &random) ?? 0)
            }
            let size = [0, 1, 10, 4096, Int.max].randomElement(using: &random) ?? 0
            guard case .ranges(let ranges) = text.withUnsafeBytes({ RangeSet($0, size: size) }) else { continue }
            var total = 0
            for (index, range) in ranges.enumerated() {
                total += range.count
                let isInside = range.lowerBound >= 0 && range.upperBound <= size && !range.isEmpty
                let isAlone = !ranges[..<index].contains { $0.overlaps(range) }
                if !isInside || !isAlone { Issue.record("\(text) of \(size): \(ranges)") }
            }
            if ranges.isEmpty || ranges.count > RangeSet.most || total > size { Issue.record("\(text): \(ranges)") }
        }
    }

    private static func parse(_ value: String, size: Int = 10) -> RangeSet {
        Array(value.utf8).withUnsafeBytes { RangeSet($0, size: size) }
    }
}
