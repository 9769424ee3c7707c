import MartletBytes
package import MartletGateway
package import MartletHTTP1

/// A request as it is passed on: what does not depend on the protocol of the upstream.
package struct OutgoingRequest: Sendable {
    /// As it has come.
    package let request: Request
    /// Path and query for the upstream.
    package let target: [UInt8]
    /// The path of the upstream's URL.
    let base: [UInt8]?
    /// What is to run it, where the upstream has a folder of scripts.
    var script: UpstreamScript?
    /// The value of Host.
    package var host: [UInt8]
    /// Fields of this server, behind those of the client.
    package let added: Headers
    /// The value of Upgrade, where the client wants to leave HTTP.
    package let upgrade: [UInt8]?
    package let takesTrailers: Bool
    package let isHead: Bool
    /// How its body is delimited.
    package var framing = MessageFraming.none
    /// Whether fields may follow it.
    package var mayHaveTrailer = false
    /// Whether it is a call of gRPC: its messages go to and fro as they come, so nothing of it is taken in first.
    package let isRPC: Bool

    /// - Parameter base: the path of the upstream's URL.
    /// - Throws: what the client is told: ``PathLeavesRoute``.
    init(_ request: Request, base: [UInt8]?, host: PassedHost, via: Via) throws(PathLeavesRoute) {
        let path = try PassedPath(of: request, base: base)
        self.request = request
        self.base = base
        target = path.target
        self.host =
            switch host {
            case .client: request.head.authority.map { Array(request.head.slice($0)) } ?? []
            case .upstream: []
            case .text(let text): Array(text.utf8)
            }
        added = Headers(validBlock: ForwardedLines.lines(for: request, prefix: path.prefix) + via.line(for: request))
        let head = request.head
        isHead = head.slice(head.method).elementsEqual("HEAD".utf8)
        isRPC = head.fields.contains { field in
            field.name.count == 12 && ASCIICase.equals(head.slice(field.name), "content-type")
                && head.slice(field.value).starts(with: "application/grpc".utf8)
        }
        upgrade = request.wantsUpgrade ? Self.upgrade(head) : nil
        takesTrailers = head.takesTrailers
    }

    /// The protocol that the client asks for. One that only HTTP servers among each other speak is not passed on: the upstream
    /// would take what follows for requests that nobody has looked at (h2c smuggling).
    private static func upgrade(_ head: RequestHead) -> [UInt8]? {
        var value: [UInt8] = []
        for field in head.fields where ASCIICase.equals(head.slice(field.name), "upgrade") {
            if !value.isEmpty { value += Array(bytes: ", ") }
            value += head.slice(field.value)
        }
        guard !value.isEmpty, !FieldList.contains("h2c", in: value), !FieldList.contains("h2", in: value),
            !value.starts(with: "HTTP/".utf8), !value.starts(with: "TLS/".utf8)
        else { return nil }
        return value
    }

    /// Whether sending it twice does the same as sending it once (RFC 9110 section 9.2.2).
    var isIdempotent: Bool {
        let method = request.head.slice(request.head.method)
        return Self.idempotent.contains { method.elementsEqual($0.utf8) }
    }

    private static let idempotent = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]

    /// Whether a request with this method usually has a body, and says so where it has none.
    var expectsBody: Bool {
        let method = request.head.slice(request.head.method)
        return ["POST", "PUT", "PATCH"].contains { method.elementsEqual($0.utf8) }
    }
}
