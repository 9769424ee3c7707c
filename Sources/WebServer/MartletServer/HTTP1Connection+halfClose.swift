import Glibc
import MartletGateway
import MartletHTTP1
import NIOCore

/// A client that has ended its side: it asks for no more, and still waits for what it has asked for.
extension HTTP1Connection {
    func inputClosed() {
        inputIsClosed = true
        switch phase {
        case .idle where inbound.readableBytes == 0:
            finishConnection()
        case .idle, .head, .draining:
            process()
        case .exchange, .upgraded:
            process()
            watchForLoss()
        case .lingering:
            closeNow()
        case .finishing, .closed:
            break
        }
    }

    /// One that has closed its socket looks the same, until something is sent to it: then its system answers with a reset. A long
    /// request, or a stream that has nothing to say, must not be kept for nobody.
    private func watchForLoss() {
        guard let channel, phase == .exchange || phase == .upgraded else { return }
        if case .streaming(.chunked) = exchange.output, isWritable {
            // The first digit of the next chunk's size, which may begin with zeros, or of the last chunk (RFC 9112 section 7.1).
            withOutput { $0.writeInteger(UInt8(ascii: "0")) }
            flush()
        }
        // Elsewhere it is up to TCP, which forgets a socket that was closed after a minute (tcp_fin_timeout).
        guard facts?.remoteAddress?.ipAddress != nil, let options = channel.syncOptions else { return }
        try? options.setOption(.socketOption(.so_keepalive), value: 1)
        for (option, value) in [(TCP_KEEPIDLE, 15), (TCP_KEEPINTVL, 15), (TCP_KEEPCNT, 4)] {
            try? options.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: CInt(option))), value: value)
        }
    }
}
