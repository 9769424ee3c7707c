import HTTPTypes
import MartletBytes
package import MartletGateway

/// The answer to a folder's path without its slash: relative links in its page would lead elsewhere.
package enum FolderRedirect {
    /// A location that is relative to the path of the request (RFC 9110 section 10.2.2): it is right behind any proxy and
    /// below any prefix, and can lead to no other host.
    package static func response(to request: Request) -> Response {
        let head = request.head
        let location = withExtendedLifetime(head) {
            let path = head.slice(head.path)
            let name = path.suffix(while: { $0 != UInt8(ascii: "/") })
            let query = head.query.map { "?" + encoded(head.slice($0), "/?") } ?? ""
            // With ./ in front, no colon makes a scheme of it.
            return "./" + encoded(name, "") + "/" + query
        }
        var response = Response.plain(.movedPermanently, "301 Moved Permanently\n")
        response.headers.append(.location, location)
        return response
    }

    /// What is in a URL stays as it was sent; the rest, which no client should send, is encoded.
    private static func encoded(_ text: some Collection<UInt8>, _ more: StaticString) -> String {
        PercentEncoding.encode(text) { byte in
            PercentEncoding.isUnreserved(byte) || "%!$&'()*+,;=:@".utf8.contains(byte)
                || more.withUTF8Buffer { $0.contains(byte) }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func suffix(while belongs: (UInt8) -> Bool) -> SubSequence {
        let start = lastIndex { !belongs($0) }.map { $0 + 1 } ?? startIndex
        return self[start...]
    }
}
