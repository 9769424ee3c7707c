import NIOCore

/// What a client says first in TLS, as far as the server chooses by it: the name that it wants, and its protocols.
///
/// The rules:
///
/// 1. Read to choose with, not to judge: what is not understood here goes to the TLS library, which answers with the alert that
///    belongs to it.
/// 2. Nothing but these bytes decides which site's certificate and rules a connection has, so a different reading of
///    them elsewhere cannot weaken those rules.
struct ClientHello: Equatable {
    /// SNI (RFC 6066 section 3), in lower case and without a dot at the end.
    var serverName: String?
    /// ALPN (RFC 7301).
    var protocols: [String] = []

    enum Reading: Equatable {
        case needsMore
        case hello(ClientHello)
        /// A client that does not know of TLS; in HTTP, for no other byte begins a request.
        case plainText
        case unreadable
    }

    /// The largest that BoringSSL takes (SSL_MAX_HANDSHAKE messages of 16 KB), with the heads of its records.
    static let mostBytes = 17_408

    static func read(_ bytes: ByteBuffer) -> Reading {
        var records = bytes
        guard let first = records.getInteger(at: records.readerIndex, as: UInt8.self) else { return .needsMore }
        if (0x21...0x7E).contains(first) { return .plainText }
        // One message may be in several records (RFC 8446 section 5.1).
        var message = ByteBuffer()
        while true {
            switch length(of: message) {
            case .some(let count) where message.readableBytes >= count:
                // What stands behind it in its record is another message, of which any part may have come.
                return message.readSlice(length: count).flatMap(parse).map { .hello($0) } ?? .unreadable
            case .some(let count) where count > mostBytes: return .unreadable
            default: break
            }
            guard records.readableBytes > 0 else { break }
            guard records.getInteger(at: records.readerIndex, as: UInt8.self) == 22 else { return .unreadable }
            guard records.readableBytes >= 5 else { break }
            records.moveReaderIndex(forwardBy: 3)
            guard let count = records.readInteger(as: UInt16.self), count > 0, count <= 16_384 else {
                return .unreadable
            }
            guard var part = records.readSlice(length: min(Int(count), records.readableBytes)) else { break }
            message.writeBuffer(&part)
        }
        return bytes.readableBytes >= mostBytes ? .unreadable : .needsMore
    }

    /// The length of the message with its head; nil if that is not known yet.
    private static func length(of message: ByteBuffer) -> Int? {
        guard message.readableBytes >= 4 else { return nil }
        return message.getInteger(at: message.readerIndex, as: UInt32.self).map { Int($0 & 0xFF_FFFF) + 4 }
    }

    private static func parse(_ message: ByteBuffer) -> ClientHello? {
        var message = message
        guard message.readInteger(as: UInt32.self).map({ $0 >> 24 }) == 1,
            // Version and random.
            message.readSlice(length: 34) != nil,
            message.readPart(UInt8.self) != nil, message.readPart(UInt16.self) != nil,
            message.readPart(UInt8.self) != nil
        else { return nil }
        var hello = ClientHello()
        guard var extensions = message.readPart(UInt16.self) else { return hello }
        while let kind = extensions.readInteger(as: UInt16.self), var value = extensions.readPart(UInt16.self) {
            switch kind {
            case 0:
                // One name of the one kind that there is.
                guard var list = value.readPart(UInt16.self), list.readInteger(as: UInt8.self) == 0,
                    var name = list.readPart(UInt16.self), name.readableBytes <= 255
                else { return nil }
                var text = name.readString(length: name.readableBytes)?.lowercased()
                if text?.hasSuffix(".") == true { text?.removeLast() }
                hello.serverName = text
            case 16:
                guard var list = value.readPart(UInt16.self) else { return nil }
                while var name = list.readPart(UInt8.self), hello.protocols.count < 32 {
                    hello.protocols.append(name.readString(length: name.readableBytes) ?? "")
                }
            default: break
            }
        }
        return hello
    }
}

extension ByteBuffer {
    /// A part with its length before it.
    fileprivate mutating func readPart<Length: FixedWidthInteger>(_: Length.Type) -> ByteBuffer? {
        readLengthPrefixedSlice(as: Length.self)
    }
}
