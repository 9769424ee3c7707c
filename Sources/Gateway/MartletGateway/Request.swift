public import HTTPTypes
public import Logging
internal import MartletBytes

/// A request, as an application sees it.
public struct Request: Sendable {
    /// The head in its raw form.
    public package(set) var head: RequestHead
    /// The connection it came over.
    public let connection: ConnectionInfo
    /// The body: read it once, or not at all.
    public var body: RequestBody
    /// Which request of its connection this is, from 1.
    public let sequence: UInt64
    /// Values that middleware leaves for the layers below it.
    public var storage = RequestStorage()

    /// How many bytes of the raw path belong to the mount.
    private var mountLength = 0
    /// The server's end; nil if the caller only takes the response that is returned.
    private let exchange: (any Exchange)?
    /// Whether the client asks for an upgrade (RFC 9110 section 7.8).
    package let wantsUpgrade: Bool

    /// A request as a listener makes it.
    package init(
        head: RequestHead,
        connection: ConnectionInfo,
        body: RequestBody,
        sequence: UInt64,
        wantsUpgrade: Bool = false,
        exchange: (any Exchange)? = nil
    ) {
        self.head = head
        self.connection = connection
        self.body = body
        self.sequence = sequence
        self.wantsUpgrade = wantsUpgrade
        self.exchange = exchange
    }

    /// Another request of the same client, without a body, that is asked on the way: nothing of its answer is sent by itself.
    package func subrequest(_ head: RequestHead) -> Request {
        Request(head: head, connection: connection, body: .none, sequence: sequence)
    }

    /// Text that finds this request again in the log.
    public var id: String { RequestID(connection: connection.number, sequence: sequence).description }

    /// The connection's logger with this request's id.
    public var logger: Logger {
        var logger = connection.logger
        logger[metadataKey: "request"] = .string(id)
        if let trace = head.traceID { logger[metadataKey: "trace_id"] = .string(trace) }
        return logger
    }
}

// MARK: - While it is answered

extension Request {
    /// Tells the client something ahead of the answer: with `103 Early Hints` (RFC 8297), the `Link` fields of what it
    /// will need.
    ///
    /// It is sent at once and may be called several times. It does nothing if it cannot help: after the head of the
    /// answer, for a client of HTTP/1.0, on a server or protocol without informational responses, for a status outside
    /// of 102…199, and for fields that must not be sent, which are logged. May be called from any thread.
    public func inform(_ headers: Headers, status: HTTPResponse.Status = .earlyHints) {
        guard version > .http10, (102...199).contains(status.code) else { return }
        exchange?.inform(status, headers)
    }

    /// Whether the client is gone, as far as the server can know. Call it on the connection's event loop.
    package var isLost: Bool { exchange?.isLost ?? false }

    /// What the server answers to an error, with the reason logged; nil if that is for the caller to decide. Call it on
    /// the connection's event loop.
    package func response(to error: any Error) -> Response? {
        exchange.map { $0.response(to: error) } ?? (error as? any ResponseError)?.response
    }
}

// MARK: - The head, decoded when it is asked for

extension Request {
    public var method: HTTPRequest.Method {
        let bytes = head.slice(head.method)
        switch bytes.count {
        case 3 where bytes.elementsEqual("GET".utf8): return .get
        case 4 where bytes.elementsEqual("POST".utf8): return .post
        case 4 where bytes.elementsEqual("HEAD".utf8): return .head
        default: return HTTPRequest.Method(head.string(head.method)) ?? .get
        }
    }

    /// The request target exactly as it was sent.
    public var target: String { head.string(head.target) }

    /// The part of the path that the application is mounted under: empty, or it begins with a slash and does not end
    /// with one. What WSGI calls SCRIPT_NAME.
    public var mountPath: String { PercentEncoding.decode(mountBytes) }

    /// The rest of the path, percent-decoded. What WSGI calls PATH_INFO.
    public var path: String { PercentEncoding.decode(pathBytes) }

    /// The query, still percent-encoded and without its question mark; empty if there is none.
    public var query: String { head.query.map(head.string) ?? "" }

    public var headers: RequestHeaders { RequestHeaders(head: head) }

    /// The host and port that the client addressed: of an absolute-form target, else of the Host field.
    public var authority: String? { head.authority.map(head.string) }

    public var scheme: String { connection.scheme }

    public var version: HTTPVersion { head.version }

    /// This request for an application that is mounted under the next `length` bytes of the raw path, which must end at
    /// a segment's end.
    package func mounted(length: Int) -> Request {
        var request = self
        request.mountLength = min(mountLength + max(0, length), head.path.count)
        return request
    }

    package var mountBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: head.slice(head.path).prefix(mountLength))
    }

    package var pathBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: head.slice(head.path).dropFirst(mountLength))
    }

    /// The head as the currency type of the Swift server packages. It copies every field: use it to hand a request on.
    public var httpRequest: HTTPRequest {
        var fields = HTTPFields()
        fields.reserveCapacity(head.fields.count)
        for field in head.fields {
            guard let name = HTTPField.Name(head.string(field.name)) else { continue }
            fields.append(HTTPField(name: name, value: head.string(field.value)))
        }
        return HTTPRequest(method: method, scheme: scheme, authority: authority, path: target, headerFields: fields)
    }
}
