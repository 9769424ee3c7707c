/// Names of query parameters whose values are no business of a log: whoever reads a log must not be able to act for a client.
///
/// A name counts by its words: `access_token`, `accessToken` and `token2` are of the word `token`, and `monkey` is not of `key`. With `=`
/// before it, it is the whole name alone: `code` is what OAuth gives a client to log in with (RFC 6749 section 4.1.2), and `zip_code` is none.
package struct SecretNames: Sendable, Equatable {
    package static let defaults = SecretNames([
        "token", "accesstoken", "refreshtoken", "idtoken", "password", "passwd", "passphrase", "pwd", "pass", "secret",
        "clientsecret", "key", "apikey", "accesskey", "auth", "authorization", "credential", "credentials", "signature",
        "sig", "session", "sessionid", "sid", "jwt", "otp", "=code",
    ])

    package static let replacement = "[redacted]"

    /// In small letters.
    package let names: [String]
    private let words: [[UInt8]]

    /// - Parameter names: of letters and digits, or `=` and a whole name.
    package init(_ names: [String]) {
        self.names = names.map { $0.lowercased() }
        words = self.names.map { Array($0.utf8) }
    }

    /// A URL or request target with its password and the values of its secret parameters replaced; nil if it has none.
    package func redacted(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard !words.isEmpty else { return nil }
        var result: [UInt8]?
        var copied = 0
        if let user = Self.userInformation(text) {
            result = text[..<user.lowerBound] + Array(Self.replacement.utf8)
            copied = user.upperBound
        }
        var start = text[copied...].firstIndex(of: UInt8(ascii: "?")).map { $0 + 1 } ?? text.count
        while start < text.count {
            let end = text[start...].firstIndex { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") } ?? text.count
            if let equals = text[start..<end].firstIndex(of: UInt8(ascii: "=")), equals + 1 < end,
                isSecret(UnsafeRawBufferPointer(rebasing: text[start..<equals]))
            {
                result = (result ?? []) + text[copied...equals] + Array(Self.replacement.utf8)
                copied = end
            }
            start = end + 1
        }
        return result.map { $0 + text[copied...] }
    }

    /// What is between `//` and `@` (RFC 3986 section 3.2.1). Most targets have no authority, and are not searched.
    private static func userInformation(_ text: UnsafeRawBufferPointer) -> Range<Int>? {
        let slash = UInt8(ascii: "/")
        guard let first = text.first, first != slash, let colon = text.firstIndex(of: UInt8(ascii: ":")),
            text.count - colon > 3, text[colon + 1] == slash, text[colon + 2] == slash
        else { return nil }
        let start = colon + 3
        let end = text[start...].firstIndex { $0 == slash || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: " ") }
        guard let at = text[start..<(end ?? text.count)].lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return start..<at
    }

    package func redacted(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            redacted(UnsafeRawBufferPointer(bytes)).map { String(decoding: $0, as: UTF8.self) }
        }
            ?? text
    }

    /// Whether what has this name, decoded, has a value that is not to be seen.
    package func isSecret(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { hasSecretWord(UnsafeRawBufferPointer($0)) }
    }

    /// Whether a parameter of this name, still percent-encoded, has a value that is not to be seen.
    private func isSecret(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.contains(UInt8(ascii: "%")) else { return hasSecretWord(name) }
        let decoded = PercentEncoding.decode(name)
        return Array(decoded.utf8).withUnsafeBytes { hasSecretWord($0) }
    }

    private func hasSecretWord(_ name: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        for index in 0...name.count {
            let isEnd = index == name.count || !(ASCII.isLetter(name[index]) || ASCII.isDigit(name[index]))
            let isHump = !isEnd && index > start && Self.isUpper(name[index]) && !Self.isUpper(name[index - 1])
            guard isEnd || isHump else { continue }
            if isWord(UnsafeRawBufferPointer(rebasing: name[start..<index])) { return true }
            start = isHump ? index : index + 1
        }
        // `apiKey` is also `apikey`.
        return isWord(name) || isWhole(name)
    }

    private func isWhole(_ name: UnsafeRawBufferPointer) -> Bool {
        words.contains { word in
            word.first == UInt8(ascii: "=") && word.count == name.count + 1
                && zip(word.dropFirst(), name).allSatisfy { $0 == ASCIICase.lowercased($1) }
        }
    }

    private static func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }

    /// Whether it is one of the words, with or without digits behind it.
    private func isWord(_ part: UnsafeRawBufferPointer) -> Bool {
        let end = part.lastIndex { !ASCII.isDigit($0) }.map { $0 + 1 } ?? 0
        let stem = UnsafeRawBufferPointer(rebasing: part[..<end])
        return words.contains { word in
            word.count == stem.count && zip(word, stem).allSatisfy { $0 == ASCIICase.lowercased($1) }
                || word.count == part.count && zip(word, part).allSatisfy { $0 == ASCIICase.lowercased($1) }
        }
    }
}
