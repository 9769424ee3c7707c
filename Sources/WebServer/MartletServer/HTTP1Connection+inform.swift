import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Informational responses, which go out before the answer (RFC 9110 section 15.2).
extension HTTP1Connection {
    func inform(_ status: HTTPResponse.Status, _ headers: Headers, sequence: UInt64) {
        guard phase == .exchange, sequence == self.sequence, case .waiting = exchange.output, exchange.hasHead,
            exchange.request.minorVersion > 0
        else { return }
        if let fault = headers.fault {
            return log(.warning, "The application's informational response cannot be sent: \(fault)")
        }
        // Who does not take what is sent needs no hints.
        guard isWritable else { return }
        withOutput { shared.encoder.writeInformational(status: status, headers: headers, into: &$0) }
        flush()
    }
}

/// The way from a request to its connection, which it does not keep alive: requests may outlive connections.
final class ConnectionInformer: Informer, @unchecked Sendable {
    private let loop: any EventLoop
    /// Touched on the loop only; nil once the connection is lost.
    var connection: HTTP1Connection?

    init(_ connection: HTTP1Connection) {
        loop = connection.shared.loop
        self.connection = connection
    }

    var isConnected: Bool { connection != nil }

    func inform(_ status: HTTPResponse.Status, _ headers: Headers, sequence: UInt64) {
        guard loop.inEventLoop else {
            return loop.execute { self.inform(status, headers, sequence: sequence) }
        }
        connection?.inform(status, headers, sequence: sequence)
    }
}
