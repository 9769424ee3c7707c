internal import MartletBytes

/// What a browser saves a file as: the value of `Content-Disposition` (RFC 6266).
enum AttachmentName {
    /// - Parameter name: any text. A path is cut down to its last part, which browsers do, too.
    static func disposition(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        guard !last.isEmpty else { return "attachment" }
        let plain = String(
            String.UnicodeScalarView(
                last.unicodeScalars.map { 0x20..<0x7F ~= $0.value && $0 != "\"" && $0 != "%" ? $0 : "_" }
            )
        )
        if plain == last { return "attachment; filename=\"\(plain)\"" }
        // Old clients take the first, all others the second (section 4.3).
        return
            "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(PercentEncoding.encode(last.utf8, keeping: PercentEncoding.isUnreserved))"
    }
}
