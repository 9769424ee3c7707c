internal import MartletBytes

/// A host whose applications may answer by another path of it: what CGI calls a local redirect (RFC 3875 section 6.2.2).
///
/// Such a request is a GET without a body, and meets the policies of its own route as any other.
package struct LocalRedirects: DirectApplication {
    private let host: EntryPoint

    package init(_ host: any Application) { self.host = EntryPoint(host) }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        var request = request
        request.storage[Way.self] = Way(host: host, left: Self.most)
        host.begin(request, for: exchange)
    }

    /// How often one request is answered by another path. Apache: `LimitInternalRecursion 10`.
    package static let most = 10

    /// The way back to the host.
    fileprivate struct Way: RequestStorage.Key {
        typealias Value = Way
        let host: EntryPoint
        let left: Int
    }
}

/// What has come of a local redirect.
package enum LocalRedirectOutcome: Sendable {
    case response(Response)
    case failed(any Error)
    case tooOften
    /// There is no host around the application.
    case nowhere
}

extension Request {
    /// The answer of another path of this host.
    ///
    /// - Parameter target: path and query, percent-encoded.
    package func followLocalRedirect(to target: String) async -> LocalRedirectOutcome {
        guard let way = storage[LocalRedirects.Way.self], let head = head.localGet(of: target) else { return .nowhere }
        guard way.left > 0 else { return .tooOften }
        var request = subrequest(head)
        request.storage[LocalRedirects.Way.self] = LocalRedirects.Way(host: way.host, left: way.left - 1)
        do { return .response(try await way.host.respond(to: request)) } catch { return .failed(error) }
    }
}

extension RequestHead {
    /// The head of a GET of another path, by the same client.
    fileprivate func localGet(of target: String) -> RequestHead? {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "#") }
        guard path.first == UInt8(ascii: "/"), path.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let unwanted: [StaticString] = [
            "content-length", "content-type", "content-encoding", "transfer-encoding", "expect", "upgrade",
            "connection",
        ]
        guard let copy = copy(without: { name in unwanted.contains { ASCIICase.equals(name, $0) } }),
            let method = copy.append(Array("GET".utf8)), let span = copy.append(Array(path))
        else { return nil }
        copy.method = method
        copy.target = span
        copy.setPathAndQuery(from: span)
        return copy
    }
}
