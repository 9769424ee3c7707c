/// Percent-encoding for URLs that are built here.
enum URLText {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// The unreserved characters of RFC 3986 section 2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Encodes every byte but the unreserved ones, and the slash where it is kept.
    static func encode(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false) -> String {
        encode(bytes) { isUnreserved($0) || (keepingSlash && $0 == UInt8(ascii: "/")) }
    }

    /// A URL that a client sent, fit to be sent back: what RFC 3986 allows stays, encoded bytes included; all else is encoded.
    /// A backslash, which browsers read as a slash, is among that.
    static func escaping(_ bytes: some Sequence<UInt8>) -> String {
        let allowed = Set("!$&'()*+,;=:@/?%".utf8)
        return encode(bytes) { isUnreserved($0) || allowed.contains($0) }
    }

    private static func encode(_ bytes: some Sequence<UInt8>, keeping isKept: (UInt8) -> Bool) -> String {
        var output: [UInt8] = []
        for byte in bytes {
            if isKept(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
