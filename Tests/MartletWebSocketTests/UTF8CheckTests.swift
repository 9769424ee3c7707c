import Testing

@testable import MartletWebSocket

/// Compared with what the standard library takes for UTF-8.
@Suite struct UTF8CheckTests {
    private func isUTF8(_ bytes: [UInt8], inPiecesOf size: Int) -> Bool {
        var check = UTF8Check()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            guard piece.withUnsafeBytes({ check.take($0) }) else { return false }
        }
        return check.isWhole
    }

    @Test("Every beginning of two and three bytes, and edges of four")
    func exhaustive() {
        var cases: [[UInt8]] = []
        for first in UInt8.min ... .max {
            cases.append([first])
            for second in UInt8.min ... .max { cases.append([first, second]) }
        }
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in [0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5] as [UInt8] {
            for second in edges {
                for third in edges {
                    cases.append([first, second, third])
                    for fourth in edges { cases.append([first, second, third, fourth]) }
                }
            }
        }
        let wrong = cases.filter { bytes in
            let expected = String(validating: bytes, as: UTF8.self) != nil
            return isUTF8(bytes, inPiecesOf: 4) != expected || isUTF8(bytes, inPiecesOf: 1) != expected
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }

    @Test("Long texts are looked at eight bytes at a time")
    func long() {
        for length in 0..<40 {
            var bytes = Array(repeating: UInt8(ascii: "a"), count: length) + Array("ü🎉".utf8)
            #expect(isUTF8(bytes, inPiecesOf: bytes.count))
            #expect(isUTF8(bytes, inPiecesOf: 3))
            bytes.removeLast()
            #expect(!isUTF8(bytes, inPiecesOf: bytes.count))
        }
    }
}
