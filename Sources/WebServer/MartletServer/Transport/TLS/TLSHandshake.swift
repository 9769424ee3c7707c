import Logging
import MartletGateway
import NIOCore
import NIOSSL

/// A connection from its acceptance until both sides have agreed on how to encrypt. It counts as any other: the deadline
/// for a head is that of the handshake too, and it makes room for others.
final class TLSHandshake: ServerConnection {
    private enum Stage {
        /// The first bytes, while they are not all of what the client says first.
        case hello(ByteBuffer)
        /// With the TLS library.
        case agreeing
        /// It was refused, and gets time to read that.
        case refused
        case closed
    }

    /// nginx answers with 400 as well, as text: a browser shows it.
    private static let plainText: String = {
        let text = """
            400 Bad Request

            This is an https port, and the request came without encryption. Use an address that begins with https://

            """
        return "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\n\r\n" + text
    }()

    private let transport: TLSTransport
    private let services: LoopContext
    private let certificates: CertificateStore
    private var stage = Stage.hello(ByteBuffer())
    private(set) var hello = ClientHello()
    /// Whose certificate is used.
    private(set) var site: SecureSite?
    private(set) var info: ConnectionInfo?
    /// The client has sent something, and nothing came of it.
    private(set) var hasFailed = false
    var deadline = NIODeadline.distantFuture
    var index = 0

    init(transport: TLSTransport, services: LoopContext, certificates: CertificateStore) {
        self.transport = transport
        self.services = services
        self.certificates = certificates
    }

    func opened(_ info: ConnectionInfo) {
        self.info = info
        deadline = services.deadline(.head)
    }

    /// What the client sends before it encrypts.
    func received(_ bytes: ByteBuffer) {
        guard case .hello(var first) = stage else { return }
        // Until both sides agree.
        hasFailed = true
        if first.readableBytes == 0 { first = bytes } else { first.writeImmutableBuffer(bytes) }
        switch ClientHello.read(first) {
        case .needsMore: stage = .hello(first)
        case .hello(let hello): begin(hello, first)
        case .unreadable: begin(ClientHello(), first)
        case .plainText:
            info?.logger.debug("A client has spoken plain HTTP to an https port: 400.", metadata: client)
            stage = .refused
            deadline = services.deadline(.linger)
            transport.refuse(Self.plainText)
        }
    }

    private func begin(_ hello: ClientHello, _ bytes: ByteBuffer) {
        stage = .agreeing
        self.hello = hello
        do {
            switch certificates.choose(hello) {
            case .site(let site):
                self.site = site
                try transport.secure(with: site.context, received: bytes)
            case .challenge(let context):
                // It ends here when all is well.
                hasFailed = false
                try transport.secure(with: context, received: bytes)
            case .none:
                info?.logger.debug("There is no certificate yet for a client.", metadata: client)
                closeNow()
            }
        } catch {
            failed(error)
        }
    }

    /// The handshake has failed, for whatever reason. Clients do that every day, so it is no warning.
    func failed(_ error: any Error) {
        if case .closed = stage { return }
        info?.logger.debug("A TLS handshake has failed: \(error)", metadata: client)
        closeNow()
    }

    private var client: Logger.Metadata {
        [
            "client": "\(info?.remoteAddress?.ipAddress ?? "unix:")",
            "server-name": "\(hello.serverName ?? "none")",
        ]
    }

    func inputClosed() { closeNow() }

    func outputIsWelcome() {}

    func lost() { stage = .closed }

    func closeNow() {
        if case .closed = stage { return }
        stage = .closed
        transport.abandon()
    }
}

// MARK: - What the loop asks

extension TLSHandshake {
    func tick(_ now: NIODeadline) {
        if now >= deadline { closeNow() }
    }

    var heldBytes: Int { LoopContext.connectionBytes }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? { deadline < latest.head ? .slow : .new }

    var hasBytesUnderWay: Bool { transport.hasUnreadInput }

    func updateReading() { transport.setReading(true) }

    func refuseNewRequests() { deadline = min(deadline, services.deadline(.linger)) }

    var isBusy: Bool { false }

    func closeAtOnce() { closeNow() }
}
