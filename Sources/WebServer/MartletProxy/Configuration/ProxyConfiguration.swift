import MartletGateway
import MartletHTTP1
package import NIOCore

/// Upstreams, and how requests are passed on to them. The fields are documented where they are set:
/// `ProxyConfiguration.settings` of the command.
package struct ProxyConfiguration: Sendable {
    package var upstreams: [UpstreamURL] = []

    // Passing on
    package var host = PassedHost.client
    package var requestBuffering = true
    package var responseBuffering = true
    package var responseBufferingLimit = 1 << 30
    /// Whose files upstreams may have sent.
    package var sentFolders: [SentFolder] = []
    package var passesUnderscores = false
    /// Which protocols a connection may leave HTTP for, in lower case.
    package var upgrades = ["websocket"]

    // Times
    package var connectTimeout: Duration = .seconds(5)
    package var sendTimeout: Duration = .seconds(60)
    package var answerTimeout: Duration = .seconds(60)
    package var readTimeout: Duration = .seconds(60)
    package var totalTimeout: Duration?
    package var tunnelTimeout: Duration = .seconds(3600)

    // Connections
    /// Nil for what suits the protocol.
    package var idleConnections: Int?
    package var idleTimeout: Duration = .seconds(60)
    package var resolveInterval: Duration = .seconds(30)
    /// The name server; nil for those of the system.
    package var resolver: SocketAddress?

    // Choosing one of several
    package var balance = Balance.roundRobin
    package var stickyCookie: String?
    package var retries = 2
    package var maximumRequests = 0
    package var queue = 0
    package var queueTimeout: Duration = .seconds(10)

    // Health
    package var maximumFailures = 3
    package var failureTime: Duration = .seconds(10)
    package var slowStart: Duration = .zero
    package var check: String?
    package var checkInterval: Duration = .seconds(5)
    package var checkTimeout: Duration = .seconds(5)

    // Scripts
    /// The folder of scripts that upstreams with FastCGI run.
    package var root: String?
    package var index = "index.php"
    package var split = ".php"
    package var fallback: String?

    // TLS
    package var authority: String?
    package var verifiesCertificates = true
    package var serverName: String?
    package var protocols = UpstreamProtocols.both

    package init(upstreams: [UpstreamURL] = []) { self.upstreams = upstreams }

    /// How many unused connections to an upstream are kept. A child of php-fpm has one connection at a time: one that is kept for
    /// later keeps it from everybody else, so there are none unless they are asked for. The others have room for many.
    package func idleConnections(to upstream: UpstreamURL) -> Int {
        switch upstream.scheme {
        case .http, .https, .h2c: idleConnections ?? 32
        case .fastcgi: idleConnections ?? 0
        case .uwsgi, .scgi: 0
        }
    }

    package var scripts: ScriptsOfUpstream? {
        root.map { ScriptsOfUpstream(root: $0, index: index, ending: split, fallback: fallback) }
    }

    /// Whether a request's body is taken in before an upstream is asked.
    func takesIn(_ request: OutgoingRequest) -> Bool {
        // A body of unknown length is where its length has to be told.
        requestBuffering && !request.isRPC
            || request.request.body.knownLength == nil && upstreams.contains(where: \.carriesVariables)
    }

    /// How much of an answer is kept for a slow client; nil where the upstream waits for it.
    func bufferLimit(for request: OutgoingRequest) -> Int? {
        responseBuffering && !request.isRPC ? responseBufferingLimit : nil
    }

    /// Whether an answer may be that of another path of the site (RFC 3875 section 6.2.2).
    package var hasLocalRedirects: Bool {
        upstreams.contains { $0.scheme == .scgi || $0.scheme == .fastcgi }
    }
}

/// What the Host field of a request says that is passed on.
package enum PassedHost: Sendable, Hashable {
    /// What the client has sent.
    case client
    /// The upstream's own name.
    case upstream
    case text(String)

    /// Reads `client`, `upstream` or a host.
    package init?(parsing text: String) {
        switch text {
        case "client": self = .client
        case "upstream": self = .upstream
        default:
            guard Array(text.utf8).withUnsafeBytes(HostSyntax.isValid) else { return nil }
            self = .text(text)
        }
    }
}

/// Which protocols an upstream is offered in the TLS handshake (RFC 7301): it chooses one.
package enum UpstreamProtocols: String, Sendable, Hashable, CaseIterable {
    case both = "h2,http/1.1"
    case http2 = "h2"
    case http1 = "http/1.1"

    /// In the order of preference.
    var names: [String] { rawValue.split(separator: ",").map(String.init) }

    /// What is offered for a request that needs a connection of its own, such as a WebSocket.
    var alone: UpstreamProtocols { self == .both ? .http1 : self }
}

/// By what one of several upstreams is chosen.
package enum Balance: Sendable, Hashable {
    /// One after the other, each as often as its weight says.
    case roundRobin
    /// The one that has the fewest requests, compared with its weight.
    case leastConnections
    /// The same one for the same key, whatever becomes of the others.
    case hash(HashKey)
}

/// What of a request decides where it goes.
package enum HashKey: Sendable, Hashable {
    /// The client's address; of IPv6 its first 64 bits.
    case address
    case path
    /// The value of a field, by its name in lower case.
    case header(String)
    /// The value of a cookie; requests without it go to each in turn.
    case cookie(String)
}
