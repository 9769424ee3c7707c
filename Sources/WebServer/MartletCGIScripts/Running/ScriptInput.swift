import Glibc
import Logging
import MartletBuffering
import MartletGateway
import NIOCore

/// The body of a request as the standard input of a script, which is told its length before it begins (RFC 3875 section 4.1.2).
enum ScriptInput: Sendable {
    case none
    /// All of it.
    case bytes(ByteBuffer)
    /// All of it, in a file that the script reads by itself.
    case file(OwnedDescriptor, length: Int)
    /// What the client still sends.
    case stream(BodyStream, length: Int)

    /// As much of a body is kept in memory, and as much fits into a pipe. nginx: `client_body_buffer_size 16k`.
    static let memoryLimit = 65_536

    /// Nil where there is no body.
    var length: Int? {
        switch self {
        case .none: nil
        case .bytes(let bytes): bytes.readableBytes
        case .file(_, let length), .stream(_, let length): length
        }
    }

    /// Takes the body in, to its end.
    ///
    /// - Parameter inAdvance: whether that is done also where its length is known; else the script is to have it while it comes.
    static func take(_ request: Request, inAdvance: Bool) async throws -> ScriptInput {
        switch request.body.storage {
        case .none: return .none
        case .bytes(let bytes): return .bytes(bytes)
        case .stream(let stream):
            if !inAdvance, let length = stream.length { return .stream(stream, length: length) }
            do {
                return try await takeIn(stream)
            } catch is ClientDisconnected {
                throw IncompleteBody()
            } catch let error as SpoolError {
                request.logger.error("\(error)")
                throw error
            }
        }
    }

    private static func takeIn(_ stream: BodyStream) async throws -> ScriptInput {
        var memory = ByteBuffer()
        var file: SpoolFile?
        while let chunk = try await stream.next() {
            memory.writeImmutableBuffer(chunk)
            guard memory.readableBytes > memoryLimit else { continue }
            file = try await store(memory, in: file)
            memory = ByteBuffer()
        }
        guard let file else { return .bytes(memory) }
        let whole = try await store(memory, in: file)
        return .file(OwnedDescriptor(try whole.reopenForReading()), length: whole.length)
    }

    private static func store(_ bytes: ByteBuffer, in file: SpoolFile?) async throws(SpoolError) -> SpoolFile {
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<SpoolFile, SpoolError>, Never>) in
            SpoolFile.onPool({ () throws(SpoolError) in try SpoolFile.append(bytes, to: file) }) {
                continuation.resume(returning: $0)
            }
        }
        return try result.get()
    }
}
