internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// A request's body when its application is called.
enum TakenBody: Sendable {
    case none
    /// All of it.
    case bytes(ByteBuffer)
    /// All of it, in a file.
    case file(SpoolFile)
    /// Some of it may still be with the client.
    case stream(RequestBody)

    init(_ body: RequestBody) {
        switch body.storage {
        case .none: self = .none
        case .bytes(let bytes): self = .bytes(bytes)
        case .stream: self = .stream(body)
        }
    }

    /// The number of bytes, where it is known.
    var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.readableBytes
        case .file(let file): file.length
        case .stream(let body): body.knownLength
        }
    }

    /// Takes a body in whole: 64 KB of it in memory, and more in an unlinked temporary file.
    ///
    /// CGI's `CONTENT_LENGTH`, and so WSGI's, is known before the application is called, and frameworks read no body that has
    /// none. nginx and Apache take chunked bodies in for the applications behind them as well.
    ///
    /// - Throws: ``IncompleteBody`` where the client leaves off, ``SpoolError``, and what the connection throws.
    static func takeIn(_ body: RequestBody) async throws -> TakenBody {
        guard case .stream = body.storage else { return TakenBody(body) }
        var memory = ByteBuffer()
        var file: SpoolFile?
        do {
            for try await chunk in body {
                memory.writeImmutableBuffer(chunk)
                guard memory.readableBytes > memoryLimit else { continue }
                let spool: SpoolFile
                if let file { spool = file } else { spool = try await SpoolFile.make() }
                file = spool
                try await spool.append(memory)
                memory.clear()
            }
        } catch is ClientDisconnected {
            throw IncompleteBody()
        }
        guard let file else { return .bytes(memory) }
        if memory.readableBytes > 0 { try await file.append(memory) }
        return .file(file)
    }

    /// As much as the ring to the worker holds. nginx: `client_body_buffer_size 16k`.
    private static let memoryLimit = 65_536
}
