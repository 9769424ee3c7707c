import Glibc
import MartletGateway
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
        guard let handle = channel.socketDescriptor else { return nil }
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

    /// Writes a buffer and the bytes after it with one call, and moves their reader indices behind what the socket took.
    mutating func write(_ buffer: inout ByteBuffer, then rest: inout ByteBuffer, beside channel: any Channel) {
        guard channel.isActive, isFree(channel) else { return }
        let written = buffer.withUnsafeReadableBytes { first in
            rest.withUnsafeReadableBytes { second -> Int in
                withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
                    vectors[0] = iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress),
                        iov_len: first.count
                    )
                    vectors[1] = iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress),
                        iov_len: second.count
                    )
                    var message = msghdr()
                    message.msg_iov = vectors.baseAddress
                    message.msg_iovlen = 2
                    while true {
                        let result = sendmsg(descriptor, &message, CInt(MSG_NOSIGNAL))
                        if result >= 0 || errno != EINTR { return result }
                    }
                }
            }
        }
        guard written > 0 else { return }
        let ofBuffer = min(written, buffer.readableBytes)
        buffer.moveReaderIndex(forwardBy: ofBuffer)
        rest.moveReaderIndex(forwardBy: min(written - ofBuffer, rest.readableBytes))
    }

    enum SentFile {
        /// So many bytes; if not all, the socket takes no more for now.
        case bytes(Int)
        /// The file has ended before them, or cannot be read.
        case failed
    }

    /// Sends a part of a file after a head, which shares its first packet. The head's reader index moves behind what the
    /// socket took; nothing of the file is sent before all of it.
    mutating func send(
        _ head: inout ByteBuffer,
        then file: CInt,
        at start: Int,
        count: Int,
        beside channel: any Channel
    ) -> SentFile {
        guard channel.isActive, isFree(channel) else { return .bytes(0) }
        if head.readableBytes > 0 {
            let written = head.withUnsafeReadableBytes { bytes -> Int in
                while true {
                    let result = Glibc.send(
                        descriptor,
                        bytes.baseAddress,
                        bytes.count,
                        CInt(MSG_NOSIGNAL) | CInt(MSG_MORE)
                    )
                    if result >= 0 || errno != EINTR { return result }
                }
            }
            if written > 0 { head.moveReaderIndex(forwardBy: min(written, head.readableBytes)) }
            guard head.readableBytes == 0 else { return .bytes(0) }
        }
        var offset = off_t(start)
        while offset - start < count {
            let result = sendfile(descriptor, file, &offset, count - (offset - start))
            if result > 0 { continue }
            if result == 0 { return .failed }
            switch errno {
            case EINTR: continue
            // The channel gets the same error of the socket, and closes.
            case EAGAIN, EPIPE, ECONNRESET, ENOTCONN: return .bytes(offset - start)
            default: return .failed
            }
        }
        return .bytes(count)
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
