import FoundationEssentials

/// Base64 in the alphabet for URLs, without padding (RFC 7515 section 2).
enum Base64URL {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedString().prefix { $0 != "=" }
        return String(text.replacing("+", with: "-").replacing("/", with: "_"))
    }

    /// - Returns: nil for a text that is none of it. Padding is let pass, for people copy keys with it.
    static func decode(_ text: String) -> [UInt8]? {
        let bare = text.prefix { $0 != "=" }
        guard isText(bare) else { return nil }
        let usual = bare.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - bare.utf8.count % 4) % 4)
        return Data(base64Encoded: usual + padding).map { Array($0) }
    }

    /// Whether all of it is of the alphabet.
    static func isText(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x5F
        }
    }
}
