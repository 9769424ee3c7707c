import MartletBytes
import Testing

@Suite struct Base64URLTests {
    /// RFC 4648 section 10, without padding.
    @Test(
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func texts(text: String, encoded: String) {
        #expect(Base64URL.encode(text.utf8) == encoded)
        #expect(Base64URL.decode(encoded) == Array(text.utf8))
        #expect(Base64URL.decode(encoded + "==") == Array(text.utf8))
    }

    @Test(arguments: ["A", "AAAAA", "a+b/", "a b", "ä", "Zh", "Zm9", "Zm9vYh"])
    func none(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func allBytes() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(Base64URL.isText(Base64URL.encode(bytes)))
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}
