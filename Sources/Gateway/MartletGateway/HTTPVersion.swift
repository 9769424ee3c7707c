/// The version of HTTP that a message came in (RFC 9110 section 2.5).
public struct HTTPVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: UInt8
    public let minor: UInt8

    public init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    public static let http10 = HTTPVersion(major: 1, minor: 0)
    public static let http11 = HTTPVersion(major: 1, minor: 1)
    public static let http2 = HTTPVersion(major: 2, minor: 0)

    public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// As in request lines, logs and CGI's `SERVER_PROTOCOL`: `HTTP/1.1`, and `HTTP/2.0`, as nginx and Apache write it.
    public var description: String { "HTTP/\(major).\(minor)" }
}
