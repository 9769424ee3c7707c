import Glibc
import NIOCore

/// Writes a small answer to the socket without the way through the channel: no pipeline, no queue of pending writes. That way
/// costs about as much as everything else that is done for a small request.
///
/// The rules:
///
/// 1. Only on the channel's loop and only while the channel is active: it says so until the moment the descriptor is closed,
///    and no code runs in between.
/// 2. Only while the channel itself has nothing to send; what the socket does not take at once goes through the channel.
/// 3. Only in a channel that has no other handlers: nothing may sit between us and the socket.
struct DirectWriter {
    private let descriptor: CInt
    /// The channel was given something that it may not have sent yet.
    private var channelIsUsed = false

    /// - Returns: nil where the channel has no plain socket.
    init?(_ channel: any Channel) {
        let handle = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            $0
        }
        guard let handle else { return nil }
        descriptor = handle
    }

    /// The channel gets something to send.
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
        // An error is left to the channel: it meets the same one, and closes.
        if written > 0 { buffer.moveReaderIndex(forwardBy: written) }
    }

    /// Whether the client has sent something that was not read.
    var hasUnreadInput: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) > 0
    }

    /// Whether the socket has something that the client's system has not confirmed.
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
