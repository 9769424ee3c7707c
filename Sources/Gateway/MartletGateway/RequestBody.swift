internal import HTTPTypes
public import NIOCore

/// The body of a request: nothing, bytes that are all here already, or a single-pass stream whose demand is the
/// backpressure on the client.
public struct RequestBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    package enum Storage: Sendable {
        case none
        case bytes(ByteBuffer)
        case stream(BodyStream)
    }

    package let storage: Storage

    package init(_ storage: Storage) {
        self.storage = storage
    }

    public static let none = RequestBody(.none)

    public static func bytes(_ buffer: ByteBuffer) -> RequestBody { RequestBody(.bytes(buffer)) }

    /// The length in bytes, if it is known before the body is read.
    public var knownLength: Int? {
        switch storage {
        case .none: 0
        case .bytes(let buffer): buffer.readableBytes
        case .stream(let stream): stream.length
        }
    }

    /// The fields behind the body, known when it has been read to its end. Only clients of HTTP/2 have them so far.
    package var trailer: Headers? {
        if case .stream(let stream) = storage { stream.trailer } else { nil }
    }

    /// The whole body.
    ///
    /// - Throws: ``BodyTooLarge`` above `limit` bytes; what the connection throws when the client goes away.
    public func collect(upTo limit: Int) async throws -> ByteBuffer {
        switch storage {
        case .none:
            return ByteBuffer()
        case .bytes(let buffer):
            guard buffer.readableBytes <= limit else { throw BodyTooLarge(limit: limit) }
            return buffer
        case .stream(let stream):
            if let length = stream.length, length > limit { throw BodyTooLarge(limit: limit) }
            var whole = ByteBuffer()
            while var chunk = try await stream.next() {
                guard chunk.readableBytes <= limit - whole.readableBytes else { throw BodyTooLarge(limit: limit) }
                whole.writeBuffer(&chunk)
            }
            return whole
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(storage: storage) }

    public struct Iterator: AsyncIteratorProtocol {
        var storage: Storage

        public mutating func next() async throws -> ByteBuffer? {
            switch storage {
            case .none:
                return nil
            case .bytes(let buffer):
                storage = .none
                return buffer.readableBytes > 0 ? buffer : nil
            case .stream(let stream):
                return try await stream.next()
            }
        }
    }
}

/// A body was larger than the application or the server allows; the client gets 413.
public struct BodyTooLarge: ResponseError, CustomStringConvertible {
    public let limit: Int

    public init(limit: Int) { self.limit = limit }

    public var response: Response { .refusal(.contentTooLarge, description) }
    public var description: String { "The request body is larger than the limit of \(limit) bytes." }
}

/// The client closed the connection before the exchange was over.
public struct ClientDisconnected: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "The client closed the connection." }
}

/// The client closed its sending side before the request body was complete. If nobody handles it, the answer is 400.
package struct IncompleteBody: ResponseError, CustomStringConvertible {
    package init() {}
    package var response: Response { .refusal(.badRequest, description) }
    package var description: String {
        "The client ended its side of the connection before the request body was complete."
    }
}
