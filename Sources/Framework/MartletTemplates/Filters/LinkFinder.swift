/// Makes links of the addresses in a text that is escaped already: `urlize`.
struct LinkFinder {
    let limit: Int?
    let rel: String
    let target: String?
    let schemes: [String]

    func html(of text: String) -> String {
        var (result, word) = ("", String.UnicodeScalarView())
        for scalar in text.unicodeScalars {
            if CodePoints.isSpace(scalar) {
                if !word.isEmpty { result += linked(String(word)) }
                word = String.UnicodeScalarView()
                result.unicodeScalars.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        return word.isEmpty ? result : result + linked(String(word))
    }

    private func linked(_ word: String) -> String {
        var (head, middle, tail) = ("", word, "")
        while let start = ["(", "<", "&lt;"].first(where: { StringOperations.hasPrefix(middle, $0) }) {
            head += start
            middle = String(middle.unicodeScalars.dropFirst(start.unicodeScalars.count))
        }
        while let end = [")", ">", ".", ",", "&gt;"].first(where: { StringOperations.hasSuffix(middle, $0) }) {
            tail = end + tail
            middle = String(middle.unicodeScalars.dropLast(end.unicodeScalars.count))
        }
        for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] { balance(open, close, &middle, &tail) }
        return head + link(middle) + tail
    }

    /// Brackets that open in the address close in it.
    private func balance(_ open: String, _ close: String, _ middle: inout String, _ tail: inout String) {
        func count(_ part: String, in text: String) -> Int { (try? StringOperations.split(text, part).count - 1) ?? 0 }
        let opened = count(open, in: middle)
        guard opened > count(close, in: middle) else { return }
        for _ in 0..<min(opened, count(close, in: tail)) {
            guard let parts = try? StringOperations.split(tail, close, most: 1), parts.count == 2 else { return }
            middle += parts[0] + close
            tail = parts[1]
        }
    }

    private func link(_ text: String) -> String {
        if WebAddress.isAddress(text) {
            let isWhole = text.hasPrefix("https://") || text.hasPrefix("http://")
            return "<a href=\"\(isWhole ? "" : "https://")\(text)\"\(attributes)>\(shortened(text))</a>"
        }
        if text.hasPrefix("mailto:"), WebAddress.isMail(String(text.dropFirst(7))) {
            return "<a href=\"\(text)\">\(text.dropFirst(7))</a>"
        }
        if text.contains("@"), !text.hasPrefix("www."), !text.hasPrefix("@"), !text.contains(":"),
            WebAddress.isMail(text)
        {
            return "<a href=\"mailto:\(text)\">\(text)</a>"
        }
        if schemes.contains(where: { text != $0 && text.hasPrefix($0) }) {
            return "<a href=\"\(text)\"\(attributes)>\(text)</a>"
        }
        return text
    }

    private var attributes: String {
        let rel = rel.isEmpty ? "" : " rel=\"\(HTMLEscaping.escaped(rel))\""
        let target = target.flatMap { $0.isEmpty ? nil : " target=\"\(HTMLEscaping.escaped($0))\"" } ?? ""
        return rel + target
    }

    private func shortened(_ text: String) -> String {
        guard let limit, text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(0, limit)))) + "..."
    }
}

/// What `urlize` takes for an address.
enum WebAddress {
    static func isAddress(_ text: String) -> Bool {
        let lowered = StringOperations.lowercased(text)
        for scheme in ["https://", "http://"] where lowered.hasPrefix(scheme) {
            let authority = authority(lowered.dropFirst(scheme.count))
            return isIPv6(authority) || isHost(withoutPort(authority)) || isIPv4(withoutPort(authority))
        }
        let authority = withoutPort(authority(lowered[...]))
        if authority.hasPrefix("www."), isHost(authority.dropFirst(4)) { return true }
        return isWellKnown(authority)
    }

    private static func authority(_ text: Substring) -> Substring {
        text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    private static func withoutPort(_ authority: Substring) -> Substring {
        guard let colon = authority.lastIndex(of: ":") else { return authority }
        let port = authority[authority.index(after: colon)...]
        return (1...5).contains(port.count) && port.allSatisfy(\.isNumber) ? authority[..<colon] : authority
    }

    private static func labels(_ host: Substring) -> [Substring] {
        host.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        !label.isEmpty && label.unicodeScalars.allSatisfy { CodePoints.isWord($0) || $0 == "%" || $0 == "-" }
    }

    private static func isHost(_ host: Substring) -> Bool {
        let labels = labels(host)
        guard let last = labels.last, labels.dropLast().allSatisfy(isLabel) else { return false }
        if last.hasPrefix("xn--"), (2...59).contains(last.count - 4) {
            return last.dropFirst(4).unicodeScalars.allSatisfy { CodePoints.isWord($0) || $0 == "%" }
        }
        return (2...63).contains(last.count) && last.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A }
    }

    private static func isWellKnown(_ host: Substring) -> Bool {
        let labels = labels(host)
        guard labels.count > 1, let last = labels.last else { return false }
        return ["com", "net", "int", "edu", "gov", "org", "info", "mil"].contains(String(last))
            && labels.dropLast().allSatisfy { isLabel($0) && (2...63).contains($0.unicodeScalars.count) }
    }

    private static func isIPv4(_ host: Substring) -> Bool {
        let labels = labels(host)
        return labels.count == 4 && labels.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(\.isNumber) }
    }

    private static func isIPv6(_ authority: Substring) -> Bool {
        guard authority.hasPrefix("["), let end = authority.firstIndex(of: "]") else { return false }
        let behind = authority[authority.index(after: end)...]
        guard behind.isEmpty || behind.hasPrefix(":") && withoutPort(behind).isEmpty else { return false }
        let groups = authority[..<end].dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        return (3...8).contains(groups.count) && groups.allSatisfy { $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }
    }

    static func isMail(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return false }
        let domain = text[text.index(after: at)...].unicodeScalars
        guard let first = domain.first, CodePoints.isWord(first), let dot = domain.lastIndex(of: "."),
            dot > domain.startIndex
        else {
            return false
        }
        let ending = domain[domain.index(after: dot)...]
        return !ending.isEmpty && ending.allSatisfy(CodePoints.isWord)
            && domain.allSatisfy { CodePoints.isWord($0) || $0 == "." || $0 == "-" }
    }
}
