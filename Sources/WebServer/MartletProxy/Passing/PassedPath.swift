import HTTPTypes
import MartletBytes
import MartletGateway

/// The target of a request as its upstream gets it.
///
/// The rules:
///
/// 1. An upstream whose URL has no path gets the target as the client sent it: `/api/x` of the route `/api` stays `/api/x`.
/// 2. A path in the URL takes the place of the route's: with `http://h/v2` it becomes `/v2/x`, and with `http://h/` it is
///    `/x`. The parts meet at a slash, however each is written.
/// 3. Nothing is decoded or resolved on the way, so what the client has percent-encoded arrives so.
/// 4. A path that climbs out of its route is refused: most upstreams resolve `/v2/../admin`, and the route does not cover
///    what is there. It is looked at as upstreams might read it: decoded, with backslashes, and with the parameters of a
///    segment (`/..;/`), which Tomcat removes.
struct PassedPath {
    /// Nil for that of the request.
    let target: [UInt8]?
    /// The part of the path that was taken away, as a trusted proxy or the client has sent it: what an upstream has to put
    /// before its own links.
    let prefix: [UInt8]

    /// - Parameter base: the path of the upstream's URL.
    /// - Throws: ``PathLeavesRoute``
    init(of request: Request, base: [UInt8]?) throws(PathLeavesRoute) {
        let head = request.head
        guard withExtendedLifetime(head, { Self.staysBelow(request.pathBytes) }) else { throw PathLeavesRoute() }
        let sentLength = Self.sentPathLength(head)
        if base == nil, head.path.count == sentLength, head.slice(head.target).first == UInt8(ascii: "/") {
            (target, prefix) = (nil, [])
            return
        }
        let query = head.query.map { [UInt8(ascii: "?")] + head.slice($0) } ?? []
        if let base {
            prefix = withExtendedLifetime(head) { Array(request.mountBytes) }
            target = Self.join(base, withExtendedLifetime(head) { Array(request.pathBytes) }) + query
        } else {
            // What a trusted proxy has taken away stands before the path that it has sent.
            let path = Array(head.slice(head.path))
            let added = max(0, path.count - sentLength)
            prefix = Array(path.prefix(added))
            let sent = path.dropFirst(added)
            target = (sent.isEmpty ? [UInt8(ascii: "/")] : Array(sent)) + query
        }
    }

    /// Whether it is plain that a request's target stays what it is, as most often.
    static func isAsSent(_ request: Request) -> Bool {
        let head = request.head
        let target = head.slice(head.target)
        guard target.first == UInt8(ascii: "/"), head.path.count == sentPathLength(head) else { return false }
        return !target.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }
    }

    /// The length of the path in the request's line.
    private static func sentPathLength(_ head: RequestHead) -> Int {
        let target = head.slice(head.target)
        guard target.first == UInt8(ascii: "/") else { return head.path.count }
        return target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
    }

    static func join(_ base: [UInt8], _ rest: [UInt8]) -> [UInt8] {
        guard rest.first == UInt8(ascii: "/") else { return base }
        var base = base
        if base.last == UInt8(ascii: "/") { base.removeLast() }
        return base + rest
    }

    /// Whether no segment climbs above where the path begins.
    static func staysBelow(_ path: UnsafeRawBufferPointer) -> Bool {
        guard path.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }) else { return true }
        var depth = 0
        let isSeparator = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }
        for segment in PercentEncoding.decoded(path).split(whereSeparator: isSeparator) {
            let name = segment.prefix { $0 != UInt8(ascii: ";") }
            if name.elementsEqual("..".utf8) {
                depth -= 1
                if depth < 0 { return false }
            } else if !name.elementsEqual(".".utf8) {
                depth += 1
            }
        }
        return true
    }
}

/// A path that leads out of its route.
struct PathLeavesRoute: ResponseError {
    var response: Response { .refusal(.badRequest, "The path of the request leads out of what is served here.") }
}
