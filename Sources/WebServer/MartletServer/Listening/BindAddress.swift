import MartletBytes

/// Where a server listens.
public enum BindAddress: Sendable, Hashable {
    /// A host name or address, and a port; port 0 lets the system choose one. The host `*` is every address of the
    /// machine.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket; one that begins with `@` is a name without a file (unix(7), abstract).
    case unix(path: String)

    /// Reads `127.0.0.1:8000`, `8000`, `:8000`, `*:8000`, `[::1]:8000`, `localhost:8000`, `unix:/run/app.sock` or
    /// `unix:@app`.
    public init(parsing text: String) throws(BindAddressError) { try self.init(parsing: text, in: text, .http) }

    /// - Parameters:
    ///   - whole: what the person wrote, of which `text` is the part behind the scheme.
    ///   - scheme: what is spoken there, for advice.
    init(parsing text: String, in whole: String, _ scheme: ListenScheme) throws(BindAddressError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { throw BindAddressError(text: whole, problem: "the path is missing") }
            guard path != "@" else { throw BindAddressError(text: whole, problem: "the name behind the @ is missing") }
            guard path.utf8.count < 108 else {
                throw BindAddressError(text: whole, problem: "the path of a Unix socket has at most 107 bytes")
            }
            guard !path.utf8.contains(0) else {
                throw BindAddressError(text: whole, problem: "the path has a NUL in it")
            }
            self = .unix(path: path)
            return
        }
        guard !text.contains("/") else {
            throw BindAddressError(
                text: whole,
                problem: text.hasPrefix("/")
                    ? "a path needs unix: before it"
                    : "an address has no path: leave out the slash and what is behind it"
            )
        }
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = Self.port(text[...]) else {
                if !text.isEmpty, text.utf8.allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }) {
                    throw BindAddressError(text: whole, problem: Self.badPort)
                }
                let usual = whole == text ? 8000 : scheme.usualPort
                let problem = text.isEmpty ? "it is empty" : "the port is missing: \(whole):\(usual)?"
                throw BindAddressError(text: whole, problem: problem)
            }
            // A port alone binds this machine only; being reachable from elsewhere has to be asked for.
            self = .tcp(host: "127.0.0.1", port: port)
            return
        }
        var host = text[..<colon]
        guard let port = Self.port(text[text.index(after: colon)...]) else {
            throw BindAddressError(text: whole, problem: Self.badPort)
        }
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") || host.contains("[") {
            throw BindAddressError(text: whole, problem: "an IPv6 address stands in brackets: [::1]:8000")
        }
        // As in Go, nginx and Apache.
        self = .tcp(host: host.isEmpty ? Self.everyHost : String(host), port: port)
    }

    /// Every IPv4 and every IPv6 address of the machine.
    static let everyHost = "*"

    /// Whether it is an abstract Unix socket, one without a file.
    public var isAbstract: Bool {
        if case .unix(let path) = self { path.hasPrefix("@") } else { false }
    }

    package var isTCP: Bool { host != nil }

    /// Nil for a Unix socket.
    var host: String? {
        if case .tcp(let host, _) = self { host } else { nil }
    }

    /// Nil for a Unix socket.
    package var port: Int? {
        if case .tcp(_, let port) = self { port } else { nil }
    }

    /// Whether a socket bound to this address also serves another address.
    func covers(_ other: BindAddress) -> Bool {
        switch (self, other) {
        case (.tcp(let host, let port), .tcp(let wanted, let wantedPort)):
            port == wantedPort && (host == wanted || wanted == Self.everyHost && ["0.0.0.0", "::"].contains(host))
        default: self == other
        }
    }

    private static let badPort = "the port is not a number from 0 to 65535"

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int(text).flatMap { $0 <= 65_535 ? $0 : nil }
    }
}

extension BindAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        // No asterisk in what people copy: a shell would expand it.
        case .tcp(Self.everyHost, let port): ":\(port)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// A text that is not an address to listen at.
public struct BindAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    public let text: String
    public let problem: String

    public var description: String {
        """
        "\(text)" is not an address to listen at: \(problem). \
        Write HOST:PORT, PORT, :PORT for every address, [IPv6]:PORT, unix:/path/to/socket or unix:@name, \
        with https:// before it for TLS, or uwsgi://, scgi:// or fastcgi:// for a web server in front that speaks that.
        """
    }
}

/// An address that a server listens at, with the port that it really has.
public struct BoundAddress: Sendable, Hashable {
    public let address: BindAddress
    public let scheme: ListenScheme

    init(_ socket: ListeningSocket) {
        address = socket.address
        scheme = socket.scheme
    }

    /// What to open in a browser; `unix:/path` or `https://unix:/path` for a Unix socket.
    public var url: String {
        let prefix = "\(scheme.rawValue)://"
        return switch address {
        case .tcp("0.0.0.0", let port): "\(prefix)127.0.0.1:\(port)"
        case .tcp("::", let port): "\(prefix)[::1]:\(port)"
        case .tcp: "\(prefix)\(address)"
        case .unix: "\(scheme == .http ? "" : prefix)\(address)"
        }
    }
}
