internal import MartletBuffering
internal import NIOCore

/// A request's body on its way into a file.
extension SpoolFile {
    /// What has become of a file.
    enum Stored: Sendable {
        /// More can be written.
        case open(SpoolFile)
        /// It is complete, and can only be read.
        case whole(BodyFile)
    }

    /// Adds bytes to a file, which is made where it is nil.
    ///
    /// - Parameters:
    ///   - isLast: whether nothing more comes. The file can only be read then.
    ///   - whenDone: called once, on a thread of the pool.
    static func store(
        _ bytes: ByteBuffer,
        in file: SpoolFile?,
        isLast: Bool = false,
        whenDone: @escaping @Sendable (Result<Stored, SpoolError>) -> Void
    ) {
        onPool(
            { () throws(SpoolError) -> Stored in
                let file = try append(bytes, to: file)
                return isLast ? .whole(BodyFile(try file.reopenForReading(), length: file.length)) : .open(file)
            },
            whenDone: whenDone
        )
    }

    /// As ``store(_:in:isLast:whenDone:)``. It ends what it has begun when the task is cancelled: a client that closes its half
    /// only still gets its answer.
    static func store(_ bytes: ByteBuffer, in file: SpoolFile?, isLast: Bool = false) async -> Result<
        Stored, SpoolError
    > {
        await withUnsafeContinuation { continuation in
            store(bytes, in: file, isLast: isLast) { continuation.resume(returning: $0) }
        }
    }

    /// As ``read(at:count:)``, for a task.
    func readOnPool(at offset: Int, count: Int) async throws(SpoolError) -> ByteBuffer {
        let result = await withUnsafeContinuation {
            (continuation: UnsafeContinuation<Result<ByteBuffer, SpoolError>, Never>) in
            Self.onPool({ () throws(SpoolError) in try self.read(at: offset, count: count) }) {
                continuation.resume(returning: $0)
            }
        }
        return try result.get()
    }
}
