import Glibc
import NIOCore
import NIOSSL

/// A socket with encryption.
///
/// The rules:
///
/// 1. Clear text waits here and is encrypted in pieces, only as fast as the socket takes them: the library keeps an output buffer
///    as large as the largest write, and what is encrypted is a copy.
/// 2. Closing tells the client that this was the end (close_notify, RFC 8446 section 6.1), unless output is lost with it.
///    The client's own word is not waited for.
final class TLSTransport: Transport {
    /// Two records, and with what encryption adds to them not more than 32 KB, where the library's output buffer would grow to 64 KB.
    /// That buffer is kept for as long as the connection: after 1 MB in one piece it is 1 MB.
    static let pieceBytes = 32_704
    /// Up to this size bytes are copied behind those that are gathered, for one record instead of two.
    private static let copiedBytes = 16_384

    private let channel: any Channel
    private let services: LoopContext
    private let direct: DirectOutput
    /// Its connection: told when more output is welcome.
    weak var connection: (any ServerConnection)?
    /// Nil until it is known whose certificate is used.
    private(set) var library: NIOSSLServerHandler?

    private var output: ByteBuffer?
    /// Clear text that is to be sent, in order.
    private var waiting = CircularBuffer<ByteBuffer>()
    private var waitingBytes = 0
    private var isEncrypting = false
    private var share = FairShare()
    private var isResting = false
    private var whenSent: [() -> Void] = []
    private var whenTaken: [(Bool) -> Void] = []
    private var isReading = true

    let isSecure = true
    var isWritable = true

    private init(_ channel: any Channel, services: LoopContext) {
        self.channel = channel
        self.services = services
        direct = DirectOutput()
    }

    /// Sets up a connection in a channel without other handlers.
    static func open(
        _ channel: any Channel,
        services: LoopContext,
        certificates: CertificateStore,
        listener: Int
    ) throws {
        let transport = TLSTransport(channel, services: services)
        let handshake = TLSHandshake(transport: transport, services: services, certificates: certificates)
        transport.connection = handshake
        let handler = TLSConnectionHandler(handshake, transport: transport, services: services, listener: listener)
        try channel.pipeline.syncOperations.addHandlers([transport.direct, handler])
    }
}

// MARK: - The beginning

extension TLSTransport {
    func opened() { direct.opened(channel) }

    /// Begins to encrypt.
    ///
    /// - Parameter bytes: what has arrived already.
    func secure(with context: NIOSSLContext, received bytes: ByteBuffer) throws {
        let library = NIOSSLServerHandler(context: context)
        try channel.pipeline.syncOperations.addHandler(library, position: .after(direct))
        self.library = library
        direct.deliver(bytes)
    }

    /// Says something without encryption to a client that has not begun to encrypt, and closes our side.
    func refuse(_ bytes: ByteBuffer) {
        direct.writePlain(bytes)
        direct.close(mode: .output)
    }
}

// MARK: - Out

extension TLSTransport {
    func withOutput(_ body: (inout ByteBuffer) -> Void) {
        var buffer = output.take() ?? services.takeOutput()
        body(&buffer)
        output = buffer
    }

    func write(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.copiedBytes {
            withOutput { $0.writeImmutableBuffer(bytes) }
        } else {
            passOutput()
            append(bytes)
        }
    }

    func flush() {
        if let buffer = output, waiting.isEmpty, !isEncrypting, channel.isWritable,
            buffer.readableBytes <= Self.pieceBytes
        {
            // The usual answer: nothing before it, and small.
            output = nil
            isEncrypting = true
            if buffer.readableBytes > 0 { channel.writeAndFlush(buffer, promise: nil) }
            isEncrypting = false
            services.giveBack(buffer)
        } else {
            passOutput()
        }
        encrypt()
    }

    private func passOutput() {
        if let buffer = output.take() { append(buffer) }
    }

    private func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        waiting.append(bytes)
        waitingBytes &+= bytes.readableBytes
    }

    /// Encrypts and sends what is waiting, while the socket takes it.
    private func encrypt() {
        guard !isEncrypting, !isResting else { return }
        isEncrypting = true
        while channel.isWritable, let piece = nextPiece() {
            channel.writeAndFlush(piece, promise: nil)
            guard waitingBytes > 0, share.isUsed(by: piece.readableBytes) else { continue }
            isResting = true
            services.turns.next {
                self.isResting = false
                self.encrypt()
            }
            break
        }
        isEncrypting = false
        settle()
    }

    private func nextPiece() -> ByteBuffer? {
        guard var bytes = waiting.popFirst() else { return nil }
        let piece = bytes.readSlice(length: min(bytes.readableBytes, Self.pieceBytes)) ?? ByteBuffer()
        if bytes.readableBytes > 0 { waiting.prepend(bytes) }
        waitingBytes &-= piece.readableBytes
        return piece
    }

    /// Tells those who wait how far the output has come.
    private func settle() {
        let wasWritable = isWritable
        isWritable = waitingBytes == 0 && channel.isWritable
        if waitingBytes == 0, !whenSent.isEmpty { tellSent() }
        guard isWritable else { return }
        if !whenTaken.isEmpty {
            let told = whenTaken
            whenTaken = []
            for tell in told { tell(true) }
        }
        if !wasWritable { connection?.outputIsWelcome() }
    }

    private func tellSent() {
        let told = whenSent
        whenSent = []
        let sent = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(ByteBuffer(), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { _ in for tell in told { tell() } }
    }

    /// The channel takes more, or no more.
    func writabilityChanged() {
        // Within a write: what has called it goes on by itself.
        guard !isEncrypting else { return }
        share.renew()
        encrypt()
    }

    func finish(whenSent: @escaping () -> Void) {
        self.whenSent.append(whenSent)
        flush()
    }

    /// Clear text that is not gathered any more, and ciphertext that the socket has not taken.
    var unsentBytes: Int {
        waitingBytes &+ ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }

    var gathered: Int { (output?.readableBytes ?? 0) &+ waitingBytes }

    var isSending: Bool { output != nil || waitingBytes > 0 || !direct.isFree(channel) }

    var hasUntakenOutput: Bool { direct.hasUntakenOutput }
}

// MARK: - Files

extension TLSTransport {
    func send(_ part: FileRegion, whenTaken: @escaping (Bool) -> Void) {
        flush()
        guard let file = FilePart(part) else { return whenTaken(false) }
        send(file, whenTaken)
    }

    /// Reads a piece, sends it, and goes on when the client has taken it.
    private func send(_ part: FilePart, _ whenTaken: @escaping (Bool) -> Void) {
        var next: FilePart? = part
        while let part = next, isActive {
            guard part.readCached(into: &services.filePiece) else { return read(part, whenTaken) }
            append(services.filePiece)
            encrypt()
            next = part.rest
            if waitingBytes > 0 || !channel.isWritable { break }
        }
        goOn(with: next, whenTaken)
    }

    private func read(_ part: FilePart, _ whenTaken: @escaping (Bool) -> Void) {
        let waiter = NIOLoopBound((self, whenTaken), eventLoop: services.loop)
        part.readPiece(services.loop) { bytes in
            let (transport, whenTaken) = waiter.value
            guard let bytes, transport.isActive else { return whenTaken(false) }
            transport.append(bytes)
            transport.encrypt()
            transport.goOn(with: part.rest, whenTaken)
        }
    }

    /// Sends the rest of a file, once the client has taken what there is.
    private func goOn(with rest: FilePart?, _ whenTaken: @escaping (Bool) -> Void) {
        let goOn = { [self] (isTaken: Bool) in
            guard isTaken, let rest else { return whenTaken(isTaken) }
            send(rest, whenTaken)
        }
        guard isActive else { return whenTaken(false) }
        guard waitingBytes == 0, channel.isWritable else { return self.whenTaken.append(goOn) }
        goOn(true)
    }
}

// MARK: - In, and the end

extension TLSTransport {
    var isActive: Bool { channel.isActive }

    var hasUnreadInput: Bool { direct.hasUnreadInput }

    func setReading(_ wanted: Bool) {
        guard wanted != isReading else { return }
        isReading = wanted
        try? channel.syncOptions?.setOption(.autoRead, value: wanted)
    }

    func closeOutput() { channel.close(mode: .output, promise: nil) }

    func close() {
        let isCutOff = isSending
        forgetOutput()
        if library != nil, !isCutOff { channel.close(promise: nil) }
        direct.close()
    }

    /// Closes a connection whose handshake is not over: there is nothing to tell its client.
    func abandon() {
        forgetOutput()
        direct.close()
    }

    /// Closes our side when the library has said why there will be no agreement; its client gets time to read that. What arrives
    /// goes past the library from now on, which would keep it.
    func giveUp() {
        forgetOutput()
        direct.isLingering = true
        direct.close(mode: .output)
        guard let library = library.take() else { return }
        let handler = NIOLoopBound(library, eventLoop: services.loop)
        // It is about to close, and must be done with that.
        services.loop.execute { [channel] in
            _ = channel.pipeline.syncOperations.removeHandler(handler.value)
        }
    }

    func reset() {
        forgetOutput()
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        direct.close()
    }

    /// Whoever waits for output to be sent is told that it was not: they hold this transport, and it them.
    func forgetOutput() {
        output = nil
        waiting.removeAll()
        waitingBytes = 0
        let told = whenTaken
        whenTaken = []
        for tell in told { tell(false) }
        if !whenSent.isEmpty { tellSent() }
    }

    /// A client that is gone without a word has not ended its side of TLS, which is an error already.
    func watchForLoss() { SocketProbe.begin(channel) }
}
