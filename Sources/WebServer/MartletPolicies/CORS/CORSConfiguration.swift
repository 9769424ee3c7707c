import HTTPTypes
import MartletBytes

/// Which pages of other sites may use this one by script (the Fetch standard's CORS protocol).
package struct CORSConfiguration: Sendable, Equatable {
    package var origins: [CORSOrigin] = []
    /// What a preflight allows; a form's GET, HEAD and POST need none.
    package var methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    /// Which fields a page may set; those that it asks for if empty.
    package var headers: [String] = []
    /// Which fields of answers a page may read, besides the few that it always may.
    package var exposed: [String] = []
    /// Whether cookies and passwords come along.
    package var allowsCredentials = false
    /// How long browsers keep the answer to a preflight. Chromium keeps it for at most two hours.
    package var maximumAge = Duration.seconds(7200)

    package init() {}

    /// - Throws: ``PolicyError``.
    package func validate() throws(PolicyError) {
        guard !origins.isEmpty else {
            throw PolicyError("there is no origin in it; write origins = [\"https://app.example.com\"]")
        }
        if allowsCredentials, origins.contains(.any) {
            throw PolicyError(
                "credentials for every origin would let any site act for whoever visits it; name the origins instead of \"*\""
            )
        }
        for name in methods + headers + exposed {
            guard !name.isEmpty, name.utf8.allSatisfy(FieldSyntax.isToken) else {
                throw PolicyError("\"\(name)\" is no name of a method or a field")
            }
        }
    }
}

/// A scheme, a host and a port, as browsers send it in `Origin`.
package enum CORSOrigin: Sendable, Equatable, CustomStringConvertible {
    case any
    /// In lower case.
    case exact(String)
    /// `https://*.example.com`: what stands before and after one or more labels.
    case below(prefix: String, suffix: String)

    /// Reads `*`, `https://app.example.com`, `http://localhost:3000`, `https://*.example.com`.
    ///
    /// - Throws: ``PolicyError``.
    package init(parsing text: String) throws(PolicyError) {
        if text == "*" {
            self = .any
            return
        }
        func refuse(_ problem: String) -> PolicyError {
            PolicyError(
                "\"\(text)\" is no origin: \(problem). Write one like https://app.example.com, https://*.example.com or *"
            )
        }
        let lowercased = text.lowercased()
        let parts = lowercased.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw refuse("it has a scheme and a host") }
        let host = parts[1]
        guard !host.contains(where: { "/?#@ ".contains($0) }) else { throw refuse("it ends with the host or its port") }
        guard text.utf8.allSatisfy({ FieldSyntax.isValue($0) && $0 < 0x80 }) else { throw refuse("it is ASCII") }
        guard host.contains("*") else {
            self = .exact(lowercased)
            return
        }
        let rest = host.dropFirst(2)
        guard host.hasPrefix("*."), !rest.contains("*"), rest.contains("."), !rest.hasPrefix(".") else {
            throw refuse("a star stands for whole labels before a domain")
        }
        self = .below(prefix: parts[0] + "://", suffix: "." + rest)
    }

    package var description: String {
        switch self {
        case .any: "*"
        case .exact(let origin): origin
        case .below(let prefix, let suffix): prefix + "*" + suffix
        }
    }

    /// - Parameter origin: as it was sent; browsers send lower case.
    func matches(_ origin: String) -> Bool {
        switch self {
        case .any: return true
        case .exact(let known): return origin == known
        case .below(let prefix, let suffix):
            guard origin.hasPrefix(prefix), origin.hasSuffix(suffix) else { return false }
            let labels = origin.dropFirst(prefix.count).dropLast(suffix.count)
            return !labels.isEmpty
                && labels.utf8.allSatisfy {
                    ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                }
        }
    }
}
