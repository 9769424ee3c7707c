import MartletBytes
import MartletGateway

/// What an answer is kept by: the URL as it was asked for, the mount that the application knows of it, and who made it.
///
/// The URL is taken as it was sent, with the name in lower case. Two spellings of one path are two answers, which costs
/// room; one answer for both could be the wrong one.
struct CacheKey: Sendable, Hashable {
    private let bytes: [UInt8]
    private let hash: Int

    /// What stands behind the URL: the origin, and the length of the mount.
    private static let suffix = 6

    /// - Parameter origin: the number of the application.
    init(_ request: Request, origin: UInt32) {
        let head = request.head
        let texts = request.connection.texts
        let scheme = texts.isSecure ? "https://".utf8 : "http://".utf8
        let target = head.slice(head.path).count + (head.query.map { $0.count + 1 } ?? 0)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scheme.count + (head.authority?.count ?? 24) + target + Self.suffix)
        bytes.append(contentsOf: scheme)
        if let authority = head.authority {
            for byte in head.slice(authority) { bytes.append(ASCIICase.lowercased(byte)) }
        } else {
            // Without a name the application takes that of the listener.
            bytes.append(contentsOf: texts.serverName)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: texts.serverPort)
        }
        bytes.append(contentsOf: head.slice(head.path))
        if let query = head.query {
            bytes.append(UInt8(ascii: "?"))
            bytes.append(contentsOf: head.slice(query))
        }
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: origin >> UInt32(shift)))
        }
        let mount = request.mountBytes.count
        bytes.append(UInt8(truncatingIfNeeded: mount >> 8))
        bytes.append(UInt8(truncatingIfNeeded: mount))
        withExtendedLifetime(head) {}
        self.bytes = bytes
        // Once, instead of for the shard and again for its table.
        hash = bytes.hashValue
    }

    static func == (left: CacheKey, right: CacheKey) -> Bool { left.hash == right.hash && left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    func shard(of count: Int) -> Int { Int(UInt(bitPattern: hash) % UInt(count)) }

    var url: ArraySlice<UInt8> { bytes.dropLast(Self.suffix) }
    var size: Int { bytes.count }
}
