internal import HTTPTypes
internal import Logging
internal import MartletBuffering
internal import MartletGateway
internal import NIOCore

/// A request's body when its application is called.
enum TakenBody: Sendable {
    case none
    /// All of it; no more than the ring to the worker holds.
    case bytes(ByteBuffer)
    /// All of it, in a file.
    case file(BodyFile)
    /// Some of it may still be with the client (`--request-buffering off`).
    case stream(RequestBody, length: Int?)

    /// What there is to be done nothing for; nil where the body has to be taken in first.
    ///
    /// - Parameter isBuffered: whether the application is called when all of the body is here. What it sees must not depend on how
    ///   the network cut the request, so that without that a body is a stream also where it has come with its head.
    init?(ready request: Request, isBuffered: Bool) {
        switch request.body.storage {
        case .none:
            self = .none
        case .stream(let stream) where !isBuffered:
            self = .stream(request.body, length: stream.length)
        case .bytes(let bytes) where !isBuffered:
            self = .stream(request.body, length: request.headers.contains(.contentLength) ? bytes.readableBytes : nil)
        case .bytes(let bytes) where bytes.readableBytes <= BodyIntake.memoryLimit:
            self = .bytes(bytes)
        case .bytes, .stream:
            return nil
        }
    }

    /// The number of bytes, where the application is told.
    var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.readableBytes
        case .file(let file): file.length
        case .stream(_, let length): length
        }
    }

    /// Takes a body in whole.
    ///
    /// CGI's `CONTENT_LENGTH`, and so WSGI's, is known before the application is called, and frameworks read no body that has
    /// none. And a worker's thread costs more than the memory or the file: it is not to wait for a slow client. nginx does the
    /// same for the applications behind it.
    ///
    /// - Throws: ``IncompleteBody`` where the client leaves off, ``SpoolError``, and what the connection throws.
    static func takeIn(_ request: Request) async throws -> TakenBody {
        var intake = BodyIntake(length: request.body.knownLength)
        var chunks = request.body.makeAsyncIterator()
        var step = BodyIntake.Step.more
        while true {
            switch step {
            case .more:
                do {
                    if let chunk = try await chunks.next() { step = intake.take(chunk) } else { step = intake.end() }
                } catch {
                    step = intake.fail(error)
                }
            case .store(let bytes, let file, let isLast):
                step = intake.stored(await SpoolFile.store(bytes, in: file, isLast: isLast))
            case .whole(let body): return body
            case .failed(let error):
                if let error = error as? SpoolError { request.logger.error("\(error)") }
                throw error
            }
        }
    }
}
