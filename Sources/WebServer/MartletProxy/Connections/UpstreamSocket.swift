import Glibc
import MartletGateway
import NIOCore

/// The socket of a connection, beside its channel: small requests are written to it at once, which costs half as much as the way
/// through the channel's pipeline and its queue.
///
/// The rules are those of the server's `DirectWriter`: on the channel's loop, while the channel is active, in a channel without other
/// handlers, and only while the channel itself has nothing to send.
struct UpstreamSocket {
    private let descriptor: CInt
    /// The channel was given output that it may not have sent yet.
    private var channelIsUsed = false

    /// - Returns: nil if the channel has no socket.
    init?(_ channel: any Channel) {
        guard let handle = channel.socketDescriptor else { return nil }
        descriptor = handle
    }

    /// Whether nothing has come that was not read, an end neither: asked of the system, since the loop may not have looked yet.
    var isQuiet: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) < 0
            && (errno == EAGAIN || errno == EWOULDBLOCK)
    }

    /// From now on the channel has something to send.
    mutating func yieldToChannel() { channelIsUsed = true }

    /// Writes what the socket takes at once, and moves the buffer's reader index behind it. Of an error the channel learns, and closes.
    mutating func send(_ buffer: inout ByteBuffer, beside channel: any Channel) {
        guard channel.isActive else { return }
        if channelIsUsed {
            guard (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else { return }
            channelIsUsed = false
        }
        let written = buffer.withUnsafeReadableBytes { bytes -> Int in
            while true {
                let result = Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
                if result >= 0 || errno != EINTR { return result }
            }
        }
        if written > 0 { buffer.moveReaderIndex(forwardBy: min(written, buffer.readableBytes)) }
    }
}
