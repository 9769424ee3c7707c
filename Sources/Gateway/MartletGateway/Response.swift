public import HTTPTypes
public import NIOCore

/// The answer of an application: a value, sent once by the server.
public struct Response: Sendable {
    public var status: HTTPResponse.Status
    public var headers: Headers
    public var body: Body
    /// For an upgrade: the application writes its own head, and the server none.
    package var hasOwnHead = false
    /// How many bytes of a streamed body the server may keep for a slow client instead of making the writer wait; nil
    /// to let the writer wait.
    package var bufferLimit: Int?
    /// Whether fields may follow a streamed body of a known length, which over HTTP/2 does not end by itself then.
    package var mayHaveTrailer = false
    /// Whether the server made it, instead of the application: what pages of the site's own stand in for.
    package var isFromServer = false
    /// Whether the body, which is in memory, is that of a file.
    package var isFile = false

    public init(status: HTTPResponse.Status = .ok, headers: Headers = Headers(), body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body of a response.
    public enum Body: Sendable {
        /// No body; the server sends `Content-Length: 0` if the status allows a body.
        case empty
        /// Bytes that are complete: head and body leave in one write.
        case bytes(ByteBuffer)
        /// A part of a file, sent without copying it through the process if possible.
        case file(FileRange)
        /// Bytes that are made while they are sent. With a length they are sent as they are, without one they are
        /// chunked. Writing fewer or more bytes than announced is an error and aborts the connection.
        case stream(length: Int?, @Sendable (BodyWriter) async throws -> Void)
        /// The connection leaves HTTP: the head is sent, normally with status 101, and the closure owns both
        /// directions.
        case upgrade(@Sendable (UpgradedConnection) async throws -> Void)
    }

    /// An answer of plain text.
    public static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(status: status, headers: plainHeaders, body: .bytes(ByteBuffer(string: text)))
    }

    /// An answer by which the server itself refuses a request: text, of which it makes a page for who would rather have one.
    ///
    /// - Parameter text: a sentence; empty where the status says it all.
    package static func refusal(_ status: HTTPResponse.Status, _ text: String = "") -> Response {
        let explanation = text.isEmpty ? "" : "\n\(text)\n"
        var response = plain(status, "\(status.code) \(status.usualReason)\n\(explanation)")
        response.isFromServer = true
        return response
    }

    /// What ``refusal(_:_:)`` has said; nil where this is none.
    package var refusalText: Substring? {
        guard isFromServer, 400...599 ~= status.code, case .bytes(let bytes) = body else { return nil }
        let head = "\(status.code) \(status.usualReason)\n"
        // A page in its place may be long, and is not looked into.
        guard bytes.readableBytesView.starts(with: head.utf8) else { return nil }
        let rest = String(buffer: bytes).dropFirst(head.count)
        return rest.dropFirst(rest.hasPrefix("\n") ? 1 : 0).dropLast(rest.hasSuffix("\n") ? 1 : 0)
    }

    private static let plainHeaders = Headers([(.contentType, "text/plain; charset=utf-8")])
}

/// An error with a response of its own, which is sent instead of a 500.
public protocol ResponseError: Error {
    var response: Response { get }
}

/// Both directions of a connection that has left HTTP.
public struct UpgradedConnection: Sendable {
    /// What the client sends, raw.
    public let input: BodyStream
    /// What goes to the client, raw.
    public let output: BodyWriter

    package init(input: BodyStream, output: BodyWriter) {
        self.input = input
        self.output = output
    }
}
