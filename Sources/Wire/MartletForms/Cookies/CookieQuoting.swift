internal import MartletBytes

/// How a value with characters that cookies cannot hold is written: in quotes, with `\"`, `\\`, and `\073` for the byte
/// of that octal number. It is how Python's `http.cookies` and Werkzeug write and read it, so that an application in
/// Flask beside one in Swift reads the same.
enum CookieQuoting {
    static func quoted(_ value: [UInt8]) -> [UInt8] {
        guard !value.allSatisfy(isPlain) else { return value }
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in value {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                text += [UInt8(ascii: "\\"), byte]
            } else if byte == UInt8(ascii: " ") || isPlain(byte) {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "\\"), byte >> 6 + 0x30, (byte >> 3) & 7 + 0x30, byte & 7 + 0x30]
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    static func unquoted(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard text.count > 1, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else { return text }
        var rest = text.dropFirst().dropLast()
        guard rest.contains(UInt8(ascii: "\\")) else { return rest }
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "\\") || rest.isEmpty {
                value.append(byte)
            } else if let octal = octal(rest.prefix(3)) {
                value.append(octal)
                rest = rest.dropFirst(3)
            } else if let escaped = rest.popFirst() {
                value.append(escaped)
            }
        }
        return value[...]
    }

    private static func octal(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.count == 3, let first = digits.first, first <= UInt8(ascii: "3") else { return nil }
        var value: UInt8 = 0
        for digit in digits {
            guard (0x30...0x37).contains(digit) else { return nil }
            value = value << 3 | (digit & 7)
        }
        return value
    }

    /// RFC 6265 section 4.1.1's cookie-octet.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\\"): false
        default: byte > 0x20 && byte < 0x7F
        }
    }
}
