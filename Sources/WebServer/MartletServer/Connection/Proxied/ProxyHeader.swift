import MartletBytes
import MartletGateway
import NIOCore

/// The header of the PROXY protocol: who the client is, said by a proxy that passes bytes on without reading them. It comes before
/// the client's first byte, and before TLS.
///
/// The rules, those of <https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt>:
///
/// 1. Version 1 is a line of text, version 2 is binary; the first byte tells them apart. What is neither is a fault: guessing would let
///    a client say who it is.
/// 2. Where the proxy speaks for itself (`LOCAL`), or names no client of TCP (`UNKNOWN`, `UNSPEC`, datagrams, Unix sockets), the
///    addresses of the connection count. A Unix socket that a proxy tells of is not one of this machine, which would be trusted.
/// 3. A checksum that is there has to be right; other additions (TLVs) are skipped.
/// 4. The first byte that cannot be right ends it: no client can have more than the longest header waiting.
struct ProxyHeader: Equatable {
    /// Of the client's own connection.
    struct Addresses: Equatable {
        let client: SocketAddress
        let server: SocketAddress
    }

    enum Reading: Equatable {
        case needsMore
        case header(ProxyHeader)
        case fault(Fault)
    }

    enum Fault: Error, Equatable {
        case missing
        case malformed
        case tooLong
        case checksum
    }

    /// Nil where those of the connection count.
    let addresses: Addresses?
    /// How many bytes it has.
    let length: Int

    /// A line of version 1 with its end.
    private static let longestLine = 107

    /// The header at the beginning of a connection.
    static func read(_ bytes: ByteBuffer) -> Reading {
        let view = bytes.readableBytesView
        do throws(Fault) {
            guard let first = view.first else { return .needsMore }
            let header = first == signature[0] ? try binary(bytes) : try line(view)
            return header.map { .header($0) } ?? .needsMore
        } catch {
            return .fault(error)
        }
    }
}

// MARK: - Version 1

extension ProxyHeader {
    private static func line(_ bytes: ByteBufferView) throws(Fault) -> ProxyHeader? {
        guard zip(bytes, "PROXY ".utf8).allSatisfy({ $0 == $1 }) else { throw .missing }
        let start = bytes.prefix(longestLine)
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")) else {
            if start.count == longestLine { throw .tooLong }
            return nil
        }
        let text = start[..<end]
        guard text.last == UInt8(ascii: "\r") else { throw .malformed }
        let words = text.dropLast().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        return ProxyHeader(addresses: try addresses(words.dropFirst()), length: text.count + 1)
    }

    private static func addresses(_ words: ArraySlice<ByteBufferView>) throws(Fault) -> Addresses? {
        let words = Array(words)
        guard let family = words.first.map({ String(decoding: $0, as: UTF8.self) }) else { throw .malformed }
        if family == "UNKNOWN" { return nil }
        guard family == "TCP4" || family == "TCP6", words.count == 5 else { throw .malformed }
        return Addresses(
            client: try address(words[1], port: words[3], isIPv6: family == "TCP6"),
            server: try address(words[2], port: words[4], isIPv6: family == "TCP6")
        )
    }

    private static func address(
        _ text: ByteBufferView,
        port: ByteBufferView,
        isIPv6: Bool
    ) throws(Fault) -> SocketAddress {
        guard text.contains(UInt8(ascii: ":")) == isIPv6, IPAddress(text) != nil,
            port.count == 1 || port.first != UInt8(ascii: "0"),
            let number = DecimalText.value(of: port), number <= 65_535,
            let address = try? SocketAddress(ipAddress: String(decoding: text, as: UTF8.self), port: number)
        else { throw .malformed }
        return address
    }
}
