import MartletBytes
import MartletGateway

/// The address of an upstream: `http://127.0.0.1:3000`, `https://api.example.com/v2`, `http://unix:/run/app.sock`.
package struct UpstreamURL: Sendable, Hashable {
    /// The protocol that it speaks.
    package enum Scheme: String, Sendable, Hashable, CaseIterable {
        case http, https
        /// HTTP/2 without TLS, with prior knowledge (RFC 9113 section 3.3).
        case h2c
        case uwsgi, scgi, fastcgi
    }

    package enum Place: Sendable, Hashable {
        /// A name or an IP address, without brackets.
        case tcp(host: String, port: Int)
        /// The servers that DNS names for a service (RFC 2782), such as `_web._tcp.example.com`.
        case service(String)
        case unix(path: String)
    }

    package var scheme: Scheme
    package var place: Place
    /// What takes the place of the route's path: it begins with a slash. Nil where the URL has no path, so that the
    /// request's own is passed on.
    package var path: String?
    /// How many requests it gets, compared with others.
    package var weight = 1
    /// Whether it gets requests only while none of the others can have them.
    package var isBackup = false

    package init(scheme: Scheme, place: Place, path: String? = nil, weight: Int = 1) {
        self.scheme = scheme
        self.place = place
        self.path = path
        self.weight = weight
    }

    /// What a request names as its host, where it is the upstream's own: with the port, unless that is the usual one.
    package var authority: String {
        switch place {
        case .unix: return "localhost"
        case .service(let name): return name
        case .tcp(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return port == scheme.port ? name : "\(name):\(port)"
        }
    }

    /// The address without its path.
    package var name: String {
        switch place {
        case .unix(let path): "\(scheme.rawValue)://unix:\(path)"
        case .tcp: "\(scheme.rawValue)://\(authority)"
        case .service(let name): "srv+\(scheme.rawValue)://\(name)"
        }
    }
}

extension UpstreamURL: CustomStringConvertible {
    /// As it is written.
    package var description: String {
        let path = path.map { if case .unix = place { ":\($0)" } else { $0 } } ?? ""
        return name + path + (weight == 1 ? "" : " weight=\(weight)") + (isBackup ? " backup" : "")
    }
}

extension UpstreamURL.Scheme {
    var port: Int {
        switch self {
        case .http, .h2c: 80
        case .https: 443
        // uWSGI's documentation, Python's scgi, php-fpm.
        case .uwsgi: 3031
        case .scgi: 4000
        case .fastcgi: 9000
        }
    }
}

extension UpstreamURL {
    /// Whether requests may share a connection to it.
    var mayShare: Bool {
        switch scheme {
        case .https, .h2c: true
        case .http, .uwsgi, .scgi, .fastcgi: false
        }
    }

    /// Whether a request can share none: one for an upgrade, but over `h2c`, where there are none and it is answered as any other.
    func needsOwnConnection(for request: OutgoingRequest) -> Bool { request.upgrade != nil && scheme != .h2c }

    /// Whether it gets CGI's variables instead of a head of HTTP.
    package var carriesVariables: Bool {
        switch scheme {
        case .http, .https, .h2c: false
        case .uwsgi, .scgi, .fastcgi: true
        }
    }
}

// MARK: - Reading

/// A text that is no address of an upstream.
package struct UpstreamURLError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

extension UpstreamURL {
    /// The largest weight. nginx knows no bound, HAProxy 256.
    package static let largestWeight = 256

    /// Reads an address, and behind spaces `weight=3` and `backup`.
    package init(parsing text: String) throws(UpstreamURLError) {
        var words = text.split(separator: " ")[...]
        guard let url = words.popFirst() else { throw UpstreamURLError(description: "it is empty; \(Self.advice)") }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw UpstreamURLError(
                description: "'\(text)' has a character in it that stands percent-encoded in a URL"
            )
        }
        guard let mark = url.firstRange(of: "://") else { throw Self.withoutScheme(String(url)) }
        let name = url[..<mark.lowerBound].lowercased()
        let isService = name.hasPrefix(Self.servicePrefix)
        guard let scheme = Scheme(rawValue: isService ? String(name.dropFirst(Self.servicePrefix.count)) : name) else {
            throw Self.unknown(name, in: String(url))
        }
        let rest = url[mark.upperBound...]
        if let bad = rest.first(where: { $0 == "?" || $0 == "#" }) {
            throw UpstreamURLError(description: "'\(url)': no '\(bad)' stands in the address of an upstream")
        }
        if rest.hasPrefix("unix:") {
            (place, path) = try Self.socket(rest.dropFirst(5), of: url)
        } else {
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            place = try isService ? Self.service(rest[..<slash], of: url) : Self.host(rest[..<slash], scheme, of: url)
            path = slash == rest.endIndex ? nil : String(rest[slash...])
        }
        self.scheme = scheme
        try readWords(words, of: text)
    }

    private static let advice = "write it like http://127.0.0.1:3000, or http://unix:/run/app.sock"

    private static func withoutScheme(_ text: String) -> UpstreamURLError {
        if text.allSatisfy(\.isNumber) {
            return UpstreamURLError(description: "'\(text)' is no URL; did you mean http://127.0.0.1:\(text)?")
        }
        if text.hasPrefix("/") {
            return UpstreamURLError(description: "'\(text)' is no URL; did you mean http://unix:\(text)?")
        }
        return UpstreamURLError(
            description: "'\(text)' does not say which protocol it speaks; did you mean http://\(text)?"
        )
    }

    private static func unknown(_ name: String, in url: String) -> UpstreamURLError {
        let known = Scheme.allCases.map(\.rawValue)
        let hint =
            NearMatch.closest(to: name, among: known).map { "did you mean \($0)://?" }
            ?? "there are \(known.map { "\($0)://" }.joined(separator: ", "))"
        return UpstreamURLError(description: "'\(url)': Martlet speaks no \(name) to upstreams; \(hint)")
    }

    /// `/run/app.sock`, and behind a colon the path.
    private static func socket(
        _ text: Substring,
        of url: Substring
    ) throws(UpstreamURLError) -> (Place, path: String?) {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let file = text[..<colon]
        // The room in sockaddr_un, with the zero at its end.
        guard file.hasPrefix("/"), file.utf8.count < 108 else {
            throw UpstreamURLError(
                description: "'\(url)': the path of a Unix socket begins with a slash and has less than 108 bytes"
            )
        }
        let path = text[colon...].dropFirst()
        guard path.isEmpty || path.hasPrefix("/") else {
            throw UpstreamURLError(
                description: "'\(url)': behind the socket and a colon comes a path, which begins with a slash"
            )
        }
        return (.unix(path: String(file)), path.isEmpty ? nil : String(path))
    }

    private static let servicePrefix = "srv+"

    private static func service(_ name: Substring, of url: Substring) throws(UpstreamURLError) -> Place {
        let isName = name.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
        guard !name.isEmpty, isName, name.utf8.count <= 253 else {
            throw UpstreamURLError(
                description:
                    "'\(url)': behind srv+ stands the name of a service without a port, such as _web._tcp.example.com"
            )
        }
        return .service(String(name))
    }

    private static func host(
        _ text: Substring,
        _ scheme: Scheme,
        of url: Substring
    ) throws(UpstreamURLError) -> Place {
        if text.contains("@") {
            throw UpstreamURLError(
                description: "'\(url)': no user stands in the address of an upstream; set Authorization by [headers]"
            )
        }
        var name = text
        var port = scheme.port
        let bracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[bracket...].lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw UpstreamURLError(description: "'\(url)': a port is a number from 1 to 65535")
            }
            name = text[..<colon]
            port = number
        }
        guard !name.isEmpty, !name.contains(" ") else {
            throw UpstreamURLError(description: "'\(url)' names no host; \(advice)")
        }
        if name.hasPrefix("[") {
            let inner = name.dropFirst().dropLast()
            guard name.hasSuffix("]"), let address = IPAddress(inner.utf8), !address.isIPv4 || inner.contains(":")
            else {
                throw UpstreamURLError(description: "'\(url)': between brackets stands an IPv6 address")
            }
            return .tcp(host: String(inner), port: port)
        }
        guard name.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }) else {
            let hint = name.contains(":") ? "; an IPv6 address stands in brackets" : ""
            throw UpstreamURLError(description: "'\(url)': '\(name)' is no name of a host\(hint)")
        }
        return .tcp(host: String(name), port: port)
    }

    /// What stands behind the address.
    private mutating func readWords(_ words: ArraySlice<Substring>, of text: String) throws(UpstreamURLError) {
        for word in words {
            if word == "backup" {
                isBackup = true
            } else if word.hasPrefix("weight="), let weight = Int(word.dropFirst(7)),
                (1...Self.largestWeight).contains(weight)
            {
                self.weight = weight
            } else {
                throw UpstreamURLError(
                    description:
                        "'\(text)': behind the address may stand backup, and weight= with a number from 1 to \(Self.largestWeight)"
                )
            }
        }
    }
}
