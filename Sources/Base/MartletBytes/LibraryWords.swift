/// What the TLS library says of an error, as words that a person can look for.
///
/// Its own texts are those of a program: `handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435703
/// error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER]))`, `NIOSSLError.failedToLoadCertificate`.
package enum LibraryWords {
    private static let mark = "OPENSSL_internal:"

    /// - Parameter error: what it prints.
    package static func text(_ error: String) -> String {
        let reasons = reasons(in: error)
        guard reasons.isEmpty else { return reasons.joined(separator: ", ") }
        // Parts in brackets are values of the program.
        let head = error.prefix { $0 != "(" && $0 != ":" }
        let name = head.split(separator: ".").last.map(String.init) ?? ""
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else { return error }
        let rest = error.dropFirst(head.count).drop { $0 == ":" || $0 == " " }
        return words(name) + (rest.isEmpty || rest.first == "(" ? "" : ": \(rest)")
    }

    /// Those of BoringSSL, each once.
    private static func reasons(in text: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let place = rest.firstRange(of: mark) {
            rest = rest[place.upperBound...]
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let reason = name.lowercased().split(separator: "_").joined(separator: " ")
            if !reason.isEmpty, !found.contains(reason) { found.append(reason) }
        }
        return found
    }

    /// `failedToLoadCertificate`: failed to load certificate.
    private static func words(_ name: String) -> String {
        let letters = Array(name)
        var text = ""
        for (index, letter) in letters.enumerated() {
            let begins =
                letter.isUppercase
                && (index > 0 && letters[index - 1].isLowercase
                    || index + 1 < letters.count && index > 0 && letters[index + 1].isLowercase)
            text += (begins ? " " : "") + letter.lowercased()
        }
        return text
    }
}
