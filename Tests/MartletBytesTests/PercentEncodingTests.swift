import MartletBytes
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("/a", "/a"), ("/a%20b", "/a b"), ("%2f%2F", "//"), ("caf%C3%A9", "café"), ("%", "%"), ("%4", "%4"),
        ("%4x", "%4x"), ("%%41", "%A"), ("%2541", "%41"), ("a+b", "a+b"),
    ])
    func decoding(text: String, expected: String) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes(PercentEncoding.decode) == expected)
        #expect(bytes.withUnsafeBytes(PercentEncoding.decoded) == Array(expected.utf8))
    }

    @Test func decodingNeverWritesBeyondItsMemory() {
        var output = [UInt8](repeating: 0, count: 4)
        let bytes = Array("a%20bcdef".utf8)
        let count = bytes.withUnsafeBytes { bytes in
            output.withUnsafeMutableBytes {
                PercentEncoding.decode(bytes, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<3]))
            }
        }
        #expect(count == 3)
        #expect(output == Array("a b".utf8) + [0])
    }

    @Test(arguments: [("", ""), ("aZ09-._~", "aZ09-._~"), ("a b/é", "a%20b%2F%C3%A9"), ("%", "%25")])
    func encoding(text: String, expected: String) {
        #expect(PercentEncoding.encode(text.utf8, keeping: PercentEncoding.isUnreserved) == expected)
    }

    @Test func everyByteSurvives() {
        let bytes = (0...255).map { UInt8($0) }
        let text = PercentEncoding.encode(bytes) { _ in false }
        #expect(Array(text.utf8).withUnsafeBytes(PercentEncoding.decoded) == bytes)
    }
}
