import MartletBytes

/// The protocol that a listener speaks: the scheme of its address.
public enum ListenScheme: String, Sendable, Hashable, CaseIterable {
    case http
    case https
    case uwsgi
    case scgi
    case fastcgi

    /// The port that clients take where none is said; of the others, the one that their documentation uses.
    package var usualPort: Int {
        switch self {
        case .http: 80
        case .https: 443
        case .uwsgi: 3031
        case .scgi: 4000
        case .fastcgi: 9000
        }
    }
}

/// Where a server listens, and what it speaks there: `https://127.0.0.1:8443`.
public struct ListenAddress: Sendable, Hashable {
    /// As it was said; nil if the address was given without a scheme.
    package var givenScheme: ListenScheme?
    public var address: BindAddress

    public var scheme: ListenScheme { givenScheme ?? .http }

    public init(_ address: BindAddress, scheme: ListenScheme? = nil) {
        self.address = address
        givenScheme = scheme
    }

    public static func tcp(host: String, port: Int) -> Self { Self(.tcp(host: host, port: port)) }
    public static func unix(path: String) -> Self { Self(.unix(path: path)) }

    /// Reads what ``BindAddress`` reads, with a scheme and `://` before it or without; `uwsgi://unix:/run/app.sock` is a Unix
    /// socket, as in nginx.
    public init(parsing text: String) throws(BindAddressError) {
        guard let mark = text.firstRange(of: "://") else {
            self.init(try BindAddress(parsing: text))
            return
        }
        let name = text[..<mark.lowerBound].lowercased()
        guard let scheme = ListenScheme(rawValue: name) else {
            throw BindAddressError(text: text, problem: Self.problem(with: name))
        }
        self.init(try BindAddress(parsing: String(text[mark.upperBound...]), in: text, scheme), scheme: scheme)
    }

    private static func problem(with name: String) -> String {
        let schemes = ListenScheme.allCases.map { "\($0.rawValue)://" }
        let supported = schemes.dropLast().joined(separator: ", ") + schemes.suffix(1).map { " and \($0)" }.joined()
        // As Apache has it, whose nearest name here is another protocol's.
        if name == "fcgi" { return "there is no protocol 'fcgi'; did you mean fastcgi://?" }
        let guess = NearMatch.closest(to: name, among: ListenScheme.allCases.map(\.rawValue))
        return "there is no protocol '\(name)'; "
            + (guess.map { "did you mean \($0)://?" } ?? "a listener speaks \(supported)")
    }

    /// Makes the path of a Unix socket relative to a folder.
    package static func relative(_ text: String, _ join: (String) -> String) -> String {
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let path = text[start...].dropFirst(5)
        guard text[start...].hasPrefix("unix:"), !path.isEmpty, !path.hasPrefix("@") else { return text }
        return text[..<start] + "unix:" + join(String(path))
    }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String { (givenScheme.map { "\($0.rawValue)://" } ?? "") + "\(address)" }
}
