internal import MartletBytes

/// Whether a request that changes something comes from the site itself: the protection against cross-site request
/// forgery that needs no token in any form, by the rules of Go's `http.CrossOriginProtection` and of OWASP's "Fetch
/// Metadata".
///
/// All browsers since 2023 send Sec-Fetch-Site over https and to localhost, and all since 2020 send Origin with POST. A
/// request with neither is from no browser, and nobody's cookies are in it.
public struct CrossOriginCheck: Sendable, Hashable {
    public enum Decision: Sendable, Hashable {
        case allowed
        case refused(Refusal)
    }

    public enum Refusal: Sendable, Hashable {
        /// The browser says that another site has made the request.
        case site(String)
        /// The browser does not say it, but the origin of the page is another one.
        case origin(String, host: String)
    }

    /// The fields of the request that count. A field that is there several times is given as one text, with commas.
    public struct Facts: Sendable, Hashable {
        public var method: String
        public var secFetchSite: String?
        public var origin: String?
        /// The Host field, or `:authority`.
        public var host: String?

        public init(method: String, secFetchSite: String? = nil, origin: String? = nil, host: String? = nil) {
            self.method = method
            self.secFetchSite = secFetchSite
            self.origin = origin
            self.host = host
        }
    }

    /// Origins of other sites whose pages may change things here, in lower case and without a default port.
    private let trusted: Set<String>

    public init() { trusted = [] }

    /// - Parameter trusted: `https://accounts.example.com`, with a port where it is not the usual one.
    /// - Throws: ``UnusableOrigin`` for what is no origin.
    public init(trusting trusted: [String]) throws(UnusableOrigin) {
        var origins: Set<String> = []
        for text in trusted {
            guard let origin = Origin(text) else { throw UnusableOrigin(text: text) }
            origins.insert(origin.text)
        }
        self.trusted = origins
    }

    public func decision(about request: Facts) -> Decision {
        switch request.method {
        case "GET", "HEAD", "OPTIONS": return .allowed
        default: break
        }
        if let site = request.secFetchSite, !site.isEmpty {
            if site == "same-origin" || site == "none" || isTrusted(request.origin) { return .allowed }
            return .refused(.site(site))
        }
        return decision(request.origin, host: request.host)
    }

    /// Whether a page may open a WebSocket. That is a GET, but no browser asks first whether the site wants it, and the page reads
    /// all that comes. Browsers always send Origin with it (RFC 6455 section 10.2), and not all of them Sec-Fetch-Site.
    ///
    /// - Parameter host: the Host field, or `:authority`.
    public func decision(aboutWebSocketFrom origin: String?, host: String?) -> Decision {
        decision(origin, host: host)
    }

    private func decision(_ origin: String?, host: String?) -> Decision {
        guard let text = origin, !text.isEmpty else { return .allowed }
        if let origin = Origin(text), let host, origin.isHost(host) { return .allowed }
        return isTrusted(text) ? .allowed : .refused(.origin(text, host: host ?? ""))
    }

    private func isTrusted(_ origin: String?) -> Bool {
        origin.flatMap { Origin($0) }.map { trusted.contains($0.text) } ?? false
    }
}

extension CrossOriginCheck.Refusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .site(let site):
            "The request was made by a page of another site (Sec-Fetch-Site: \(QuotedText.of(site))). Name that site as a "
                + "trusted origin if it may."
        case .origin(let origin, let host):
            "The request was made by a page of \(QuotedText.of(origin)), not of \(QuotedText.of(host)). Behind a proxy, "
                + "let it pass Host on (nginx: proxy_set_header Host $host); otherwise name that site as a trusted origin if it may."
        }
    }
}

/// A text that was named as a trusted origin and is none.
public struct UnusableOrigin: Error, Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init(text: String) { self.text = text }

    public var description: String {
        "\(QuotedText.of(text)) is no origin: scheme and host, and the port where it is not the usual one, without a path "
            + "(https://accounts.example.com)."
    }
}
