import Glibc
import MartletBytes
import MartletGateway
import MartletHTTP1

/// The fields by which an upstream learns of the client: `X-Forwarded-*` and `Forwarded` (RFC 7239).
///
/// They are set, never added to: what a stranger has sent of them is gone, and what trusted proxies have said is already in
/// the request's ``ConnectionInfo``. So there is one hop, and the upstream needs to trust nobody but this server.
enum ForwardedLines {
    /// Whether a field of the request is one that is set here. Those of the same kind that Martlet does not set are passed on
    /// where a trusted proxy has sent them; of others they were removed.
    static func replaces(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let first = name.first, ForwardingField.mayBegin(with: first), let field = ForwardingField(name: name)
        else {
            return false
        }
        return field != .other || ASCIICase.equals(name, "x-real-ip")
    }

    /// - Parameter prefix: what was taken away of the path.
    static func lines(for request: Request, prefix: [UInt8]) -> [UInt8] {
        let texts = request.connection.texts
        let scheme: StaticString = texts.isSecure ? "https" : "http"
        let host = request.head.authority.map { Array(request.head.slice($0)) } ?? []
        var lines: [UInt8] = []
        lines.reserveCapacity(256)
        func add(_ name: StaticString, _ value: [UInt8]) {
            // Each is checked where it comes from; what could begin another line is left out all the same.
            guard !value.isEmpty, value.allSatisfy(FieldSyntax.isValue) else { return }
            lines.append(contentsOf: name)
            lines.append(contentsOf: ": " as StaticString)
            lines.append(contentsOf: value)
            lines.append(contentsOf: "\r\n" as StaticString)
        }
        add("X-Forwarded-For", texts.remoteAddress)
        add("X-Real-IP", texts.remoteAddress)
        add("X-Forwarded-Proto", Array(bytes: scheme))
        add("X-Forwarded-Host", host)
        add("X-Forwarded-Port", texts.serverPort)
        add("X-Forwarded-Prefix", prefix)
        var forwarded = Array(bytes: "for=")
        if texts.remoteAddress.isEmpty {
            forwarded += Array(bytes: "unknown")
        } else if texts.remoteAddress.contains(UInt8(ascii: ":")) {
            forwarded += Array(bytes: "\"[") + texts.remoteAddress + Array(bytes: "]\"")
        } else {
            forwarded += texts.remoteAddress
        }
        // A host may have a colon in it, which only a quoted text may. It has neither a quote nor a backslash.
        if !host.isEmpty { forwarded += Array(bytes: ";host=\"") + host + Array(bytes: "\"") }
        forwarded += Array(bytes: ";proto=") + Array(bytes: scheme)
        add("Forwarded", forwarded)
        return lines
    }
}

/// What this server says of itself and of its client in a request that it passes on: the same for all requests of a connection, as
/// long as they ask for the same host below the same route.
final class OwnLines: Sendable {
    /// ``ForwardedLines``.
    let forwarded: [UInt8]
    /// The line of ``Via``.
    let via: [UInt8]
    /// Both.
    let all: [UInt8]

    private let connection: ConnectionInfo
    private let host: [UInt8]
    private let prefix: [UInt8]
    private let version: HTTPVersion

    init(for request: Request, prefix: [UInt8], via: Via) {
        forwarded = ForwardedLines.lines(for: request, prefix: prefix)
        self.via = via.line(for: request)
        all = forwarded + self.via
        connection = request.connection
        host = request.head.authority.map { Array(request.head.slice($0)) } ?? []
        self.prefix = prefix
        version = request.version
    }

    func fit(_ request: Request, _ prefix: [UInt8]) -> Bool {
        let head = request.head
        guard connection === request.connection, version == request.version, self.prefix == prefix else { return false }
        let host = head.authority.map { head.slice($0) } ?? UnsafeRawBufferPointer(start: nil, count: 0)
        return self.host.count == host.count && self.host.withUnsafeBytes { Self.areEqual($0, host) }
    }

    /// - Parameters: of the same length.
    private static func areEqual(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Bool {
        guard let a = first.baseAddress, let b = second.baseAddress else { return true }
        return memcmp(a, b, first.count) == 0
    }
}

/// The lines of the connections that requests came over last.
struct OwnLinesCache: Sendable {
    /// Busy connections of one loop; those with the same place in it take turns.
    private static let places = 256

    private var entries = [OwnLines?](repeating: nil, count: places)

    mutating func lines(for request: Request, prefix: [UInt8], via: Via) -> OwnLines {
        let place = Int(truncatingIfNeeded: request.connection.number % UInt64(Self.places))
        if let lines = entries[place], lines.fit(request, prefix) { return lines }
        let lines = OwnLines(for: request, prefix: prefix, via: via)
        entries[place] = lines
        return lines
    }
}

extension [UInt8] {
    init(bytes text: StaticString) { self = text.withUTF8Buffer { Array($0) } }

    mutating func append(contentsOf text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0) } }
}
