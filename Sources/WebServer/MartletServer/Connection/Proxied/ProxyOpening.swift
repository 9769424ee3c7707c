import Logging
import MartletGateway
import NIOCore

/// A connection until the proxy in front has said who its client is. It counts as any other: the deadline for a head is that of
/// this header too, and it makes room for others.
final class ProxyOpening: OpeningConnection {
    /// What goes on from here: the connection as its client sees it, and what has arrived behind the header.
    typealias Successor = (ConnectionInfo, ByteBuffer) -> Void

    private let transport: any Transport
    let services: LoopContext
    private var info: ConnectionInfo?
    private var bytes = ByteBuffer()
    /// Nil when it is over.
    private var successor: Successor?
    var deadline = NIODeadline.distantFuture
    var index = 0

    init(transport: any Transport, services: LoopContext, _ successor: @escaping Successor) {
        self.transport = transport
        self.services = services
        self.successor = successor
    }

    func opened(_ info: ConnectionInfo) {
        self.info = info
        deadline = services.deadline(.head)
    }

    func received(_ more: ByteBuffer) {
        guard let info, successor != nil else { return }
        if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
        switch ProxyHeader.read(bytes) {
        case .needsMore: break
        case .fault(let fault): refuse("\(fault)")
        case .header(let header):
            bytes.moveReaderIndex(forwardBy: header.length)
            successor.take()?(ConnectionInfo(info, header.addresses), bytes)
        }
    }

    private func refuse(_ reason: String) {
        services.headerFaults.note(reason, of: info, logger: services.logger)
        closeNow()
    }

    /// Whoever looks whether a port is open says nothing, and is no fault.
    func inputClosed() {
        if bytes.readableBytes > 0 { refuse("its PROXY header is cut off") } else { closeNow() }
    }

    func outputIsWelcome() {}

    func lost() { successor = nil }

    func closeNow() {
        guard successor.take() != nil else { return }
        transport.close()
    }
}

// MARK: - What the loop asks

extension ProxyOpening {
    func tick(_ now: NIODeadline) {
        if now >= deadline { refuse("it has sent no whole PROXY header in time (timeout-head)") }
    }

    var hasBytesUnderWay: Bool { transport.hasUnreadInput }

    func updateReading() { transport.setReading(true) }
}

extension ProxyHeader.Fault: CustomStringConvertible {
    var description: String {
        switch self {
        case .missing: "it does not begin with a PROXY header"
        case .malformed: "its PROXY header is malformed"
        case .tooLong: "its PROXY header is too long"
        case .checksum: "the checksum of its PROXY header is wrong"
        }
    }
}

extension ConnectionInfo {
    /// As the client sees it.
    fileprivate convenience init(_ own: ConnectionInfo, _ said: ProxyHeader.Addresses?) {
        self.init(
            remoteAddress: said?.client ?? own.remoteAddress,
            localAddress: said?.server ?? own.localAddress,
            scheme: own.scheme,
            tls: own.tls,
            eventLoop: own.eventLoop,
            number: own.number,
            logger: own.logger
        )
    }
}

/// Says once a minute, for each loop, that proxies do not say who their clients are.
struct HeaderFaults {
    private var pause = LogPause()

    mutating func note(_ reason: String, of info: ConnectionInfo?, logger: Logger) {
        guard pause.isOver() else { return }
        let peer = info?.remoteAddress?.ipAddress ?? "a Unix socket"
        logger.warning(
            """
            A connection from \(peer) is closed: proxy-protocol names that peer, and \(reason). Have it send one \
            (send-proxy-v2 in HAProxy, proxy_protocol on in nginx), or take it out of the setting. Others are closed in silence for a minute.
            """
        )
    }
}
