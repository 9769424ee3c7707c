import MartletBytes
import Testing

@Suite struct NumberTests {
    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("0042", 42), ("9223372036854775807", Int.max), ("9223372036854775808", nil),
            ("99999999999999999999", nil), ("", nil), ("+1", nil), ("-1", nil), (" 1", nil), ("1 ", nil), ("1,1", nil),
            ("0x1", nil), ("١", nil),
        ] as [(String, Int?)]
    )
    func decimal(text: String, expected: Int?) {
        #expect(DecimalText.value(of: text.utf8) == expected)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func hexDigits(byte: UInt8) {
        #expect(
            Hex.value(of: byte) == (byte < 0x80 ? Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) } : nil)
        )
        let digits = [Hex.digit(byte >> 4), Hex.digit(byte)]
        #expect(Int(String(decoding: digits, as: UTF8.self), radix: 16) == Int(byte))
        #expect(digits.map(ASCIICase.uppercased) == [Hex.uppercaseDigit(byte >> 4), Hex.uppercaseDigit(byte)])
    }

    @Test(arguments: [(0, "00"), (7, "07"), (0x1B, "1b"), (0x2028, "2028")] as [(UInt32, String)])
    func hexText(number: UInt32, text: String) {
        #expect(Hex.text(number) == text)
    }

    @Test(
        arguments: [
            (0, 0), (1, 1), (35, 36), (100, 1), (46_655, 46_656), (.max, .max),
        ] as [(UInt64, UInt64)]
    )
    func requestIDs(connection: UInt64, sequence: UInt64) {
        let id = RequestID(connection: connection, sequence: sequence)
        let expected = String(connection, radix: 36) + "-" + String(sequence, radix: 36)
        #expect(id.description == expected)
        #expect(id.withText { Array($0) } == Array(expected.utf8))
        var bytes = Array("id=".utf8)
        id.append(to: &bytes)
        #expect(bytes == Array("id=\(expected)".utf8))
    }
}
