import MartletGateway
import MartletHTTP1
import NIOCore

/// One request on a connection that others share: a stream of HTTP/2.
///
/// Used on its event loop only.
final class HTTP2UpstreamStream: RequestCarrier, @unchecked Sendable {
    private let connection: HTTP2UpstreamConnection
    private(set) var user: (any UpstreamUser)?
    private var id: UInt32?
    private var writer: UnsafeContinuation<Void, Never>?
    private(set) var isHeldBack = false
    private(set) var isClosed = false
    var hasReceived = false
    private(set) var isKept = false
    /// How often the connection had been read from when the request began, and when that was.
    private(set) var readsBefore = 0
    private(set) var begun = NIODeadline.uptimeNanoseconds(0)

    init(_ connection: HTTP2UpstreamConnection) { self.connection = connection }

    // The connection was looked at when this was made.
    var isQuiet: Bool { true }
    var isSendingBody: Bool { id.map(connection.isSendingBody) ?? false }
    var isBlocked: Bool { id.map(connection.isBlocked) ?? false }

    func begin(
        _ request: OutgoingRequest,
        framing: MessageFraming,
        mayHaveTrailer: Bool,
        for user: any UpstreamUser
    ) throws {
        isKept = connection.isKept
        readsBefore = connection.reads
        begun = .now()
        id = try connection.open(request, framing: framing, mayHaveTrailer: mayHaveTrailer, self)
        self.user = user
    }

    func write(_ bytes: ByteBuffer) throws {
        if let id { try connection.write(bytes, id) }
    }

    func endBody(trailer: Headers?) throws {
        if let id { try connection.endBody(id, trailer) }
    }

    func flush() { connection.flushSoon() }

    func send(_ bytes: ByteBuffer) async throws {
        guard !isClosed, let id else { throw ChannelError.ioOnClosedChannel }
        try connection.write(bytes, id)
        connection.flushSoon()
        if !connection.isWritable(id) { await withUnsafeContinuation { writer = $0 } }
        guard !isClosed else { throw ChannelError.ioOnClosedChannel }
    }

    func resumeWriter() { writer.take()?.resume() }

    /// There are no tunnels over HTTP/2.
    func closeOutput() {}

    func setReading(_ wanted: Bool) {
        guard isHeldBack == wanted, let id, !isClosed else { return }
        isHeldBack = !wanted
        if wanted { connection.goOn(id) }
    }

    func close() {
        let wasOpen = !isClosed
        end()
        if wasOpen, let id { connection.cancel(id, self) }
    }

    func leave() { end() }

    /// The stream is over.
    ///
    /// - Returns: who is to be told.
    @discardableResult
    func end() -> (any UpstreamUser)? {
        isClosed = true
        resumeWriter()
        return user.take()
    }
}
