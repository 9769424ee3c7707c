import Glibc
import NIOCore

/// A socket without encryption: small answers are written to its descriptor, files are sent with `sendfile`.
final class PlainTransport: Transport {
    /// Up to this size bytes are copied into the output buffer, which is cheaper than writing two buffers.
    private static let copiedBytes = 4_096
    /// Up to this size the last bytes are copied when others follow, so that pipelined answers leave together.
    private static let copiedLateBytes = 16_384

    private let channel: any Channel
    private let services: LoopContext
    // Changed for each request, by code that calls nobody who could come back here meanwhile.
    @exclusivity(unchecked) private var direct: DirectWriter?
    let isSecure = false
    /// Stored here because asking the channel is not free.
    var isWritable = true
    @exclusivity(unchecked) private var output: ByteBuffer?
    /// What follows `output`, too large to be copied into it.
    @exclusivity(unchecked) private var tail: ByteBuffer?
    private var needsFlush = false
    private var isReading = true

    private init(_ channel: any Channel, services: LoopContext) {
        self.channel = channel
        self.services = services
    }

    /// Sets up a connection in a channel without other handlers.
    static func open(
        _ channel: any Channel,
        services: LoopContext,
        listener: Int,
        _ spoken: ConnectionProtocol
    ) throws {
        let transport = PlainTransport(channel, services: services)
        let handler = ConnectionHandler(
            spoken.open(over: transport, services: services),
            transport: transport,
            services: services,
            listener: listener,
            spoken: spoken
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }
}

// MARK: - Out

extension PlainTransport {
    func opened() { direct = DirectWriter(channel) }

    func withOutput(_ body: (inout ByteBuffer) -> Void) {
        if tail != nil { takeUpTail() }
        var buffer = output.take() ?? services.takeOutput()
        body(&buffer)
        output = buffer
    }

    func write(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.copiedBytes {
            withOutput { $0.writeImmutableBuffer(bytes) }
        } else {
            if tail != nil { takeUpTail() }
            tail = bytes
        }
    }

    /// Makes room behind the output.
    private func takeUpTail() {
        guard let bytes = tail.take() else { return }
        if bytes.readableBytes <= Self.copiedLateBytes {
            withOutput { $0.writeImmutableBuffer(bytes) }
        } else {
            passOutput()
            give(.byteBuffer(bytes))
        }
    }

    func flush() {
        if var bytes = tail.take() {
            var buffer = output.take() ?? ByteBuffer()
            if !needsFlush { direct?.write(&buffer, then: &bytes, beside: channel) }
            pass(buffer)
            if bytes.readableBytes > 0 { give(.byteBuffer(bytes)) }
        } else if var buffer = output.take() {
            if !needsFlush { direct?.write(&buffer, beside: channel) }
            pass(buffer)
        }
        if needsFlush {
            needsFlush = false
            channel.flush()
        }
    }

    func send(_ part: FileRegion, whenTaken: @escaping (Bool) -> Void) {
        var part = part
        if !needsFlush, tail == nil {
            var head = output.take() ?? ByteBuffer()
            let sent = try? part.fileHandle.withUnsafeFileDescriptor { file in
                direct?.send(&head, then: file, at: part.readerIndex, count: part.readableBytes, beside: channel)
            }
            pass(head)
            switch sent {
            case .bytes(let count): part.moveReaderIndex(forwardBy: count)
            case .failed: return whenTaken(false)
            case nil: break
            }
            if part.readableBytes == 0 { return whenTaken(true) }
        }
        if tail != nil { takeUpTail() }
        passOutput()
        direct?.yieldToChannel()
        needsFlush = false
        let sent = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(IOData.fileRegion(part), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { result in
            if case .success = result { whenTaken(true) } else { whenTaken(false) }
        }
    }

    func finish(whenSent: @escaping () -> Void) {
        if tail != nil { takeUpTail() }
        if sendsAtOnce() { return whenSent() }
        direct?.yieldToChannel()
        needsFlush = false
        let sent = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(IOData.byteBuffer(output.take() ?? ByteBuffer()), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { _ in whenSent() }
    }

    /// Writes what there is to the socket.
    ///
    /// - Returns: whether that is all, and the channel has nothing more to send.
    private func sendsAtOnce() -> Bool {
        guard !needsFlush, channel.isActive, direct?.isFree(channel) == true else { return false }
        guard var buffer = output.take() else { return true }
        direct?.write(&buffer, beside: channel)
        guard buffer.readableBytes == 0 else {
            output = buffer
            return false
        }
        services.giveBack(buffer)
        return true
    }

    /// Gives the buffer to the channel without flushing it.
    private func passOutput() {
        if let buffer = output.take() { pass(buffer) }
    }

    private func pass(_ buffer: ByteBuffer) {
        if buffer.readableBytes > 0 { give(.byteBuffer(buffer)) }
        services.giveBack(buffer)
    }

    private func give(_ data: IOData) {
        direct?.yieldToChannel()
        channel.write(data, promise: nil)
        needsFlush = true
    }

    var gathered: Int { (output?.readableBytes ?? 0) &+ (tail?.readableBytes ?? 0) }

    var isSending: Bool { output != nil || tail != nil || direct?.isFree(channel) == false }

    var unsentBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    var hasUntakenOutput: Bool { direct?.hasUntakenOutput == true }
}

// MARK: - In, and the end

extension PlainTransport {
    var isActive: Bool { channel.isActive }

    var hasUnreadInput: Bool { direct?.hasUnreadInput == true }

    func setReading(_ wanted: Bool) {
        guard wanted != isReading else { return }
        isReading = wanted
        try? channel.syncOptions?.setOption(.autoRead, value: wanted)
    }

    func closeOutput() { channel.close(mode: .output, promise: nil) }

    func close() {
        output = nil
        tail = nil
        channel.close(promise: nil)
    }

    func reset() {
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        close()
    }

    func watchForLoss() { SocketProbe.begin(channel) }
}
