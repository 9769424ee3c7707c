import Glibc
import NIOCore

/// Writes a small answer directly to the socket instead of through the channel's pipeline and queue of pending writes,
/// which costs about as much as everything else that is done for a small request.
///
/// The rules:
///
/// 1. Only on the channel's loop and only while the channel is active: it is active until the descriptor is closed,
///    with no code in between.
/// 2. Only while the channel itself has nothing to send. What the socket does not take at once goes through the
///    channel.
/// 3. Only in a channel without other handlers: nothing may be between us and the socket.
struct DirectWriter {
    private let descriptor: CInt
    /// The channel was given output that it may not have sent yet.
    private var channelIsUsed = false

    /// - Returns: nil if the channel has no plain socket.
    init?(_ channel: any Channel) {
        let handle = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            $0
        }
        guard let handle else { return nil }
        descriptor = handle
    }

    /// From now on the channel has something to send.
    mutating func yieldToChannel() { channelIsUsed = true }

    /// Writes what the socket takes at once, and moves the buffer's reader index behind it.
    mutating func write(_ buffer: inout ByteBuffer, beside channel: any Channel) {
        guard channel.isActive, isFree(channel) else { return }
        let written = buffer.withUnsafeReadableBytes { bytes -> Int in
            while true {
                // Cheaper than write(2), which asks what kind of file it is.
                let result = Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
                if result >= 0 || errno != EINTR { return result }
            }
        }
        // The channel will get the same error, and closes.
        if written > 0 { buffer.moveReaderIndex(forwardBy: written) }
    }

    /// Whether there is unread input.
    var hasUnreadInput: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) > 0
    }

    /// Whether the socket has output that the client's system has not acknowledged.
    var hasUntakenOutput: Bool {
        var count: CInt = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 && count > 0
    }

    /// Whether the channel has nothing to send.
    mutating func isFree(_ channel: any Channel) -> Bool {
        if channelIsUsed, (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 { channelIsUsed = false }
        return !channelIsUsed
    }
}
