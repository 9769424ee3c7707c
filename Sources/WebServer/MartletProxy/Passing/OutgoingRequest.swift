import MartletBytes
package import MartletGateway

/// A request as it is passed on: what does not depend on the protocol of the upstream.
///
/// A class, since it goes through many hands: a copy would count a dozen references up and down each time.
package final class OutgoingRequest: Sendable {
    /// As it has come.
    package let request: Request
    /// The path of the upstream's URL.
    let base: [UInt8]?
    /// Path and query for the upstream; nil for those of the request.
    package let target: [UInt8]?
    /// What is to run it, where the upstream has a folder of scripts.
    let script: UpstreamScript?
    private let rules: PassingRules
    /// What this server says, behind the fields of the client.
    private let own: OwnLines
    /// The value of Upgrade, where the client wants to leave HTTP.
    package let upgrade: [UInt8]?
    package let takesTrailers: Bool
    package let isHead: Bool
    /// Whether it is a call of gRPC: its messages go to and fro as they come, so nothing of it is taken in first.
    package let isRPC: Bool

    /// What of Max-Forwards is left, where the request has it and it counts.
    let maxForwards: MaxForwards?

    /// - Parameter base: the path of the upstream's URL.
    /// - Throws: what the client is told: ``PathLeavesRoute``.
    init(
        _ request: Request,
        base: [UInt8]?,
        _ rules: PassingRules,
        via: Via,
        _ cache: inout OwnLinesCache
    ) throws(PathLeavesRoute) {
        if base == nil, PassedPath.isAsSent(request) {
            target = nil
            own = cache.lines(for: request, prefix: [], via: via)
        } else {
            let path = try PassedPath(of: request, base: base)
            target = path.target
            own = cache.lines(for: request, prefix: path.prefix, via: via)
        }
        maxForwards = MaxForwards(request.head)
        let head = request.head
        isHead = Self.isMethod("HEAD", head)
        isRPC = head.fields.contains { field in
            field.name.count == 12 && ASCIICase.equals(head.slice(field.name), "content-type")
                && head.slice(field.value).starts(with: "application/grpc".utf8)
        }
        upgrade = request.wantsUpgrade ? rules.upgrade(head) : nil
        takesTrailers = head.takesTrailers
        script = nil
        self.rules = rules
        self.base = base
        self.request = request
    }

    /// The same request with a script that is to run it.
    init(_ other: OutgoingRequest, by script: UpstreamScript?) {
        request = other.request
        base = other.base
        target = other.target
        self.script = script
        rules = other.rules
        maxForwards = other.maxForwards
        own = other.own
        upgrade = other.upgrade
        takesTrailers = other.takesTrailers
        isHead = other.isHead
        isRPC = other.isRPC
    }

    /// The lines of this server behind those of the client: what it says of the client, and of itself.
    var ownLines: [UInt8] { maxForwards.map { own.all + $0.line } ?? own.all }
    /// Those about the client.
    var forwarded: [UInt8] { maxForwards.map { own.forwarded + $0.line } ?? own.forwarded }
    var via: [UInt8] { own.via }

    /// The value of Host; nil for that of the request.
    ///
    /// - Parameter authority: the upstream's own name.
    func host(of authority: [UInt8]) -> [UInt8]? {
        switch rules.host {
        // A client of HTTP/1.0 may send none.
        case .client: request.head.authority.map { $0.count > 0 } == true ? nil : authority
        case .upstream: authority
        case .text(let text): Array(text.utf8)
        }
    }

    /// Whether a field of the client is not passed on, beside those about the connection.
    func leavesOut(_ name: UnsafeRawBufferPointer) -> Bool {
        ForwardedLines.replaces(name) || rules.leavesOut(name) || maxForwards != nil && MaxForwards.isNamed(name)
    }

    /// Whether sending it twice does the same as sending it once (RFC 9110 section 9.2.2).
    var isIdempotent: Bool {
        Self.isMethod("GET", request.head)
            || Self.idempotent.contains { Self.isMethod($0, request.head) }
    }

    private static let idempotent: [StaticString] = ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]

    /// Whether a request with this method usually has a body, and says so where it has none.
    var expectsBody: Bool {
        !Self.isMethod("GET", request.head) && Self.withBody.contains { Self.isMethod($0, request.head) }
    }

    private static let withBody: [StaticString] = ["POST", "PUT", "PATCH"]

    private static func isMethod(_ name: StaticString, _ head: RequestHead) -> Bool {
        head.method.count == name.utf8CodeUnitCount
            && name.withUTF8Buffer { head.slice(head.method).elementsEqual($0) }
    }
}
