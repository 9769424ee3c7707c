import MartletBytes
import Testing

@Suite struct ASCIITests {
    /// Every byte, against what the standard library says of it.
    @Test(arguments: UInt8.min...UInt8.max)
    func classesAndCases(byte: UInt8) {
        let scalar = Unicode.Scalar(byte)
        let character = Character(scalar)
        let isASCII = byte < 0x80
        #expect(ASCII.isDigit(byte) == ("0"..."9").contains(scalar))
        #expect(ASCII.isLetter(byte) == (isASCII && character.isLetter))
        #expect(ASCII.isBlank(byte) == (scalar == " " || scalar == "\t"))
        #expect(ASCII.isControl(byte) == (byte < 0x20 || byte == 0x7F))
        #expect(ASCII.isPrintable(byte) == (isASCII && !ASCII.isControl(byte)))
        #expect(ASCIICase.lowercased(byte) == (isASCII ? character.lowercased().utf8.first : byte))
        #expect(ASCIICase.uppercased(byte) == (isASCII ? character.uppercased().utf8.first : byte))
    }

    @Test(arguments: [
        ("Host", true), ("hOsT", true), ("host", true), ("hos", false), ("hosts", false), ("ho\u{13}t", false),
        ("", false),
        ("h\u{4F}\u{73}t", true), ("HOS4", false),
    ])
    func equalsWithoutRegardToCase(text: String, expected: Bool) {
        let bytes = Array("<\(text)>".utf8)
        #expect(ASCIICase.equals(text.utf8, "host") == expected)
        #expect(ASCIICase.equals(text.utf8, Array("host".utf8)) == expected)
        #expect(bytes.withUnsafeBytes { ASCIICase.equals($0, 1..<($0.count - 1), "host") } == expected)
    }

    /// `^` and `~`, and `[` and `{`, differ by the bit that letters differ by.
    @Test func onlyLettersHaveACase() {
        #expect(!ASCIICase.equals([UInt8(ascii: "^")], "~"))
        #expect(!ASCIICase.equals([UInt8(ascii: "[")], "{"))
        #expect(!ASCIICase.equals([0x0D], "-"))
    }

    @Test func aRangeBeyondTheBytesEqualsNothing() {
        let bytes = Array("host".utf8)
        #expect(!bytes.withUnsafeBytes { ASCIICase.equals($0, 1..<5, "host") })
        #expect(!bytes.withUnsafeBytes { ASCIICase.equals($0, -1..<3, "host") })
    }
}
