/// Addresses of uWSGI's sockets as those of `bind`.
enum UWSGIAddress {
    /// - Returns: without its scheme.
    static func address(_ text: String, _ place: PathPlace) throws(NotTaken) -> String {
        guard !text.isEmpty else { throw .not("no address is named") }
        if text.hasPrefix("fd://") {
            throw .needless("sockets that systemd has opened are taken by themselves (LISTEN_FDS)")
        }
        if text.hasPrefix("=") { throw .not("it takes a shared-socket; write the address of that into bind") }
        if text.hasPrefix("@") { return "unix:\(text)" }
        let path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
        if path.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return ":\(path)" }
        guard !text.hasPrefix("unix:"), !text.hasPrefix("/"), let colon = text.lastIndex(of: ":") else {
            return "unix:\(place.path(path))"
        }
        let host = text[..<colon]
        if host != "*", host.contains("*") { throw .not("an address with a wildcard in it; write the whole address") }
        return host == "*" ? String(text[colon...]) : text
    }

    /// The parts of `https`: `ADDRESS,CERTIFICATE,KEY[,CIPHERS[,CLIENT-CA]]`, or `addr=…,cert=…,key=…`.
    struct Secure {
        var address = ""
        var certificate = ""
        var key = ""
        /// What else there is.
        var rest: [String] = []

        init(_ text: String) {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            for (index, part) in parts.enumerated() {
                switch (part.prefix { $0 != "=" }, index) {
                case ("addr", _): address = Self.value(part)
                case ("cert", _): certificate = Self.value(part)
                case ("key", _): key = Self.value(part)
                case ("spdy", _): break
                case (_, 0): address = part
                case (_, 1): certificate = part
                case (_, 2): key = part
                default: if !part.isEmpty { rest.append(part) }
                }
            }
        }

        private static func value(_ part: String) -> String { String(part.drop { $0 != "=" }.dropFirst()) }
    }
}
