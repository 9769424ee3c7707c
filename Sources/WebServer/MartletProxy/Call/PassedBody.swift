import MartletBuffering
import MartletGateway
import MartletHTTP1
import NIOCore

/// The body of a request on its way to an upstream.
enum PassedBody: Sendable {
    case none
    case bytes(ByteBuffer)
    /// All of it, in a temporary file.
    case file(SpoolFile)
    /// As it comes from the client: it can be sent once.
    case stream(RequestBody)

    /// More than this goes into a file. nginx: `client_body_buffer_size 16k`; for Python workers it is the same.
    private static let memoryLimit = 65_536
    /// What is read from a file at once.
    private static let piece = 65_536

    /// A body that there is nothing to be done for; nil where it has to be taken in first.
    init?(ready body: RequestBody, isBuffered: @autoclosure () -> Bool) {
        switch body.storage {
        case .none: self = .none
        case .bytes(let bytes): self = .bytes(bytes)
        case .stream where !isBuffered(): self = .stream(body)
        case .stream: return nil
        }
    }

    /// Whether it can be sent only once.
    var isStream: Bool { if case .stream = self { true } else { false } }

    /// How the upstream is told where it ends.
    var framing: MessageFraming {
        switch self {
        case .none: .none
        case .bytes(let bytes): .length(bytes.readableBytes)
        case .file(let file): .length(file.length)
        case .stream(let body): body.knownLength.map { .length($0) } ?? .chunked
        }
    }

    /// Takes a body in whole, so that a client that sends slowly holds no upstream.
    ///
    /// - Throws: ``SpoolError``, and what the client's connection throws.
    static func takeIn(_ body: RequestBody) async throws -> PassedBody {
        var memory = ByteBuffer()
        var file: SpoolFile?
        for try await chunk in body {
            // Copied, for a piece keeps all of what was received with it.
            memory.writeImmutableBuffer(chunk)
            guard memory.readableBytes > memoryLimit else { continue }
            file = try await SpoolFile.appendOnPool(memory, to: file)
            memory = ByteBuffer()
        }
        guard let file else { return .bytes(memory) }
        if memory.readableBytes > 0 { _ = try await SpoolFile.appendOnPool(memory, to: file) }
        return .file(file)
    }

    /// Sends all of a body that is not at hand.
    ///
    /// - Returns: with the last piece; the end is not said yet.
    func send(over connection: any RequestCarrier, _ progress: () -> Void) async throws {
        switch self {
        case .none, .bytes: break
        case .stream(let body):
            for try await chunk in body {
                try await connection.send(chunk)
                progress()
            }
        case .file(let file):
            var offset = 0
            while offset < file.length {
                let bytes = try await file.readFromPool(at: offset, count: Self.piece)
                offset += bytes.readableBytes
                try await connection.send(bytes)
                progress()
            }
        }
    }
}

extension SpoolFile {
    /// Ends what it has begun when the task is cancelled.
    fileprivate static func appendOnPool(_ bytes: ByteBuffer, to file: SpoolFile?) async throws(SpoolError) -> SpoolFile
    {
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<SpoolFile, SpoolError>, Never>) in
            onPool({ () throws(SpoolError) in try append(bytes, to: file) }) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    fileprivate func readFromPool(at offset: Int, count: Int) async throws(SpoolError) -> ByteBuffer {
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<ByteBuffer, SpoolError>, Never>) in
            Self.onPool({ () throws(SpoolError) in try self.read(at: offset, count: count) }) {
                continuation.resume(returning: $0)
            }
        }
        return try result.get()
    }
}
