public import HTTPTypes

/// What can send informational responses (1xx, RFC 9110 section 15.2) on a connection.
package protocol Informer: Sendable {
    /// Sends one at once, unless the answer to request `sequence` has begun or its client cannot take one. From any thread.
    func inform(_ status: HTTPResponse.Status, _ headers: Headers, sequence: UInt64)
    /// Whether the connection is there; a client that has closed its half only still is. On the connection's event loop.
    var isConnected: Bool { get }
}

extension Connection {
    /// The client is gone, as far as the server can know. On the connection's event loop.
    package var isLost: Bool { informer.map { !$0.isConnected } ?? false }
}

extension Request {
    /// Tells the client something before the answer is there: with `103 Early Hints` (RFC 8297), the `Link` fields of what it
    /// will need.
    ///
    /// It is sent at once and may be called several times. It does nothing where it cannot help: after the head of the
    /// answer, for a client of HTTP/1.0, on a server or protocol without informational responses, for a status outside of
    /// 102…199, and for fields that must not be sent, which the log then names. From any thread.
    public func inform(_ headers: Headers, status: HTTPResponse.Status = .earlyHints) {
        guard let informer = connection.informer, minorVersion > 0, (102...199).contains(status.code) else { return }
        informer.inform(status, headers, sequence: sequence)
    }
}
