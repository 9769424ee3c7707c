import Logging
import MartletBytes
import MartletGateway
import NIOCore
import NIOSSL

/// A connection from its acceptance until both sides have agreed on how to encrypt. It counts as any other: the deadline
/// for a head is that of the handshake too, and it makes room for others.
final class TLSHandshake: OpeningConnection {
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
    let services: LoopContext
    private let certificates: CertificateStore
    private var stage = Stage.hello(ByteBuffer())
    private(set) var hello = ClientHello()
    /// Of the certificates, when the site was chosen.
    private(set) var version: UInt64 = 0
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
            transport.refuse(ByteBuffer(string: Self.plainText))
        }
    }

    /// RFC 8446 section 6: a record with a fatal alert, here no_application_protocol (RFC 7301 section 3.2). The library would go on
    /// without a protocol, which both sides could understand differently.
    private static let noProtocol = ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 120])

    private func refuseProtocols() {
        info?.logger.debug(
            "A client speaks none of our protocols, but \(hello.protocols.prefix(4).joined(separator: ", ")).",
            metadata: client
        )
        stage = .refused
        deadline = services.deadline(.silence)
        transport.refuse(Self.noProtocol)
    }

    private func begin(_ hello: ClientHello, _ bytes: ByteBuffer) {
        stage = .agreeing
        self.hello = hello
        version = certificates.version
        do {
            switch certificates.choose(hello) {
            case .site where !ConnectionProtocol.canAgree(on: hello.protocols): refuseProtocols()
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

    /// The handshake has failed, for whatever reason. Clients do that every day, so it is no warning. They get time to read the
    /// alert that says why: a socket that is closed with unread bytes is reset, and the alert is lost.
    func failed(_ error: any Error) {
        switch stage {
        case .hello: return closeNow()
        case .agreeing: break
        // What the library says of bytes that nobody wants any more.
        case .refused, .closed: return
        }
        if let refusal = refusal("\(error)") {
            info?.logger.info("A client is refused: \(refusal).", metadata: client)
        } else {
            info?.logger.debug("A TLS handshake has failed: \(LibraryWords.text("\(error)"))", metadata: client)
        }
        stage = .refused
        deadline = services.deadline(.silence)
        transport.giveUp()
    }

    /// Who asks for certificates wants to know who comes without.
    private func refusal(_ reason: String) -> String? {
        guard site?.demand != nil else { return nil }
        if reason.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return "it has shown no certificate" }
        if reason.contains("CERTIFICATE_VERIFY_FAILED") { return "client-ca does not vouch for its certificate" }
        return nil
    }

    private var client: Logger.Metadata {
        [
            "client": "\(info?.clientName ?? "unknown")",
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

    var hasBytesUnderWay: Bool { transport.hasUnreadInput }

    func updateReading() { transport.setReading(true) }
}
