import HTTPTypes
import MartletBytes
import MartletGateway

/// Sends clients to another place. What follows the route in the path goes with them, and the query.
struct RedirectConfiguration: Sendable {
    /// A path of this site, or a URL.
    var location = "/"
    var status = 308
    /// Whether the rest of the path is kept. A location with a query is taken as it is.
    var keepsPath = true

    /// The statuses that say that something is elsewhere (RFC 9110 section 15.4).
    static let statuses = [301, 302, 303, 307, 308]

    /// - Parameters:
    ///   - rest: what follows the route in the path, as it was sent.
    ///   - query: with its question mark, or empty.
    func destination(rest: UnsafeRawBufferPointer, query: some Collection<UInt8>) -> [UInt8] {
        var location = Array(location.utf8)
        guard keepsPath, !location.contains(UInt8(ascii: "?")), !location.contains(UInt8(ascii: "#")) else {
            return location
        }
        if !rest.isEmpty {
            if location.last == UInt8(ascii: "/") { location.removeLast() }
            location += rest
        }
        // Two slashes at the start would name another server (RFC 3986 section 4.2); browsers take a backslash for a slash.
        if self.location.first == "/" {
            let slashes = location.prefix { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }.count
            location.replaceSubrange(..<slashes, with: [UInt8(ascii: "/")])
        }
        return location + query
    }
}

extension RedirectConfiguration: FixedTarget {
    var summary: String { "redirect to \(location) with \(status)" }

    func begin(_ request: Request, for exchange: any Exchange) {
        let place = withExtendedLifetime(request.head) { () -> [UInt8] in
            let query = request.head.query.map { [UInt8(ascii: "?")] + request.head.slice($0) } ?? []
            return destination(rest: request.pathBytes, query: query)
        }
        let location = String(decoding: place, as: UTF8.self)
        var response = Response.plain(HTTPResponse.Status(number: status), "It is at \(location)\n")
        response.headers.append(.location, location)
        exchange.complete(response)
    }
}
