internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore

/// The server's end of the socket pair whose other end an application has as `werkzeug.socket`. Used on one event loop.
///
/// Bytes of the application go into a ``BodyStream``, which holds the application back when the client is slower. Nothing here waits
/// in a system call: see ``SocketPoller``.
final class ApplicationSocket: @unchecked Sendable {
    private static let chunk = 65_536

    private let descriptor: OwnedDescriptor
    private let eventLoop: any EventLoop
    private let onFirstBytes: () -> Void
    private let poller: SocketPoller
    private var id: UInt64 = 0
    private var hasReceived = false
    private var isHeldBack = false
    private var inputHasEnded = false
    private var isClosed = false
    private var writer: UnsafeContinuation<Void, Never>?
    /// What the application writes.
    let input: BodyStream

    /// Does not keep the socket alive, which keeps the stream.
    private final class Reader: BodySource, @unchecked Sendable {
        weak var socket: ApplicationSocket?
        func bodyIsWanted() { socket?.bytesAreWanted() }
    }

    /// Nil where that is no end of a socket pair, or cannot be watched.
    init?(_ descriptor: OwnedDescriptor, eventLoop: any EventLoop, onFirstBytes: @escaping () -> Void) {
        guard martlet_is_local_stream(descriptor.number) != 0, let poller = SocketPoller.shared else { return nil }
        self.descriptor = descriptor
        self.eventLoop = eventLoop
        self.onFirstBytes = onFirstBytes
        self.poller = poller
        let reader = Reader()
        input = BodyStream(length: nil, source: reader)
        reader.socket = self
        id = poller.add(eventLoop) { [weak self] in self?.isReady() }
        arm()
    }

    deinit {
        poller.remove(id, descriptor.number)
    }

    /// Whether the application has written something.
    var hasSpoken: Bool {
        if hasReceived { return true }
        var byte: UInt8 = 0
        return recv(descriptor.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Returns when the application's end has taken the bytes, or its buffer has.
    func write(_ bytes: ByteBuffer) async throws {
        var rest = bytes
        while rest.readableBytes > 0 {
            guard !isClosed else { throw ChannelError.ioOnClosedChannel }
            let count = rest.withUnsafeReadableBytes {
                send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            switch count > 0 ? 0 : errno {
            case 0: rest.moveReaderIndex(forwardBy: count)
            case EINTR: continue
            case EAGAIN:
                await withUnsafeContinuation {
                    writer = $0
                    arm()
                }
            case let number: throw IOError(errnoCode: number, reason: "send")
            }
        }
    }

    /// The client sends nothing more.
    func endOutput() {
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    /// The application reads the end of the stream from now on, and its writes fail.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        poller.remove(id, descriptor.number)
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        input.finish()
        resumeWriter()
    }

    private func resumeWriter() {
        let waiting = writer
        writer = nil
        waiting?.resume()
    }

    private func bytesAreWanted() {
        guard eventLoop.inEventLoop else { return eventLoop.execute { self.bytesAreWanted() } }
        guard isHeldBack else { return }
        isHeldBack = false
        arm()
    }

    private func arm() {
        let reading = !isHeldBack && !inputHasEnded
        guard !isClosed, reading || writer != nil else { return }
        if !poller.arm(id, descriptor.number, reading: reading, writing: writer != nil) { close() }
    }

    private func isReady() {
        guard !isClosed else { return }
        if !isHeldBack && !inputHasEnded { receive() }
        resumeWriter()
        arm()
    }

    private func receive() {
        var buffer = ByteBufferAllocator().buffer(capacity: Self.chunk)
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.chunk) {
            max(0, recv(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)))
        }
        guard count > 0 else {
            // Nothing yet, or the end; a peek tells which.
            var byte: UInt8 = 0
            let isOpen = recv(descriptor.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0
            if isOpen && (errno == EAGAIN || errno == EINTR) { return }
            inputHasEnded = true
            return input.finish()
        }
        if !input.feed(buffer) { isHeldBack = true }
        guard !hasReceived else { return }
        hasReceived = true
        onFirstBytes()
    }
}
