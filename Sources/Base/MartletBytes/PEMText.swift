/// Bytes as PEM: Base64 (RFC 4648 section 4) in lines of 64 characters between two labels (RFC 7468 section 2).
package enum PEMText {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let bytesInLine = 48

    package static func certificate(_ bytes: [UInt8]) -> [UInt8] {
        Array("-----BEGIN CERTIFICATE-----\n".utf8) + lines(bytes) + Array("-----END CERTIFICATE-----\n".utf8)
    }

    private static func lines(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 3 / 2)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            if start > 0, start % bytesInLine == 0 { text.append(UInt8(ascii: "\n")) }
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for place in 0..<4 {
                text.append(place <= part.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return bytes.isEmpty ? [] : text + [UInt8(ascii: "\n")]
    }
}
