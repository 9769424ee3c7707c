internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A temporary file without a name, for the bytes of one request's body. It is gone with the last who holds it, also when the
/// server is killed.
///
/// A disk may keep its caller waiting, so it is made and written by a thread of NIO's pool, a piece at a time. It is read on the
/// event loop where the page cache has the bytes, which were written a moment ago, and else by the pool too.
final class SpoolFile: Sendable {
    private let descriptor: CInt
    private let folder: String
    private let written = Atomic(0)

    private init(_ descriptor: CInt, folder: String) {
        self.descriptor = descriptor
        self.folder = folder
    }

    deinit {
        Self.close(descriptor)
    }

    /// Lets go of a file without a name. With the last descriptor goes what it has on the disk, which may take long.
    static func close(_ descriptor: CInt) {
        NIOThreadPool.singleton.submit { _ in Glibc.close(descriptor) }
    }

    /// How many bytes can be read. There is one who writes.
    var length: Int { written.load(ordering: .acquiring) }

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
        NIOThreadPool.singleton.submit { state in
            guard case .active = state else {
                return whenDone(.failure(SpoolError(folder: file?.folder ?? folder, number: ECANCELED)))
            }
            do throws(SpoolError) {
                let file = if let file { file } else { try make() }
                try file.append(bytes)
                whenDone(.success(isLast ? .whole(try file.closedForWriting()) : .open(file)))
            } catch {
                whenDone(.failure(error))
            }
        }
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

    /// Up to `count` bytes from `offset` on; none only at the end of what was written.
    ///
    /// - Throws: ``SpoolError``.
    func read(at offset: Int, count: Int) async throws(SpoolError) -> ByteBuffer {
        let count = min(count, length - offset)
        guard count > 0 else { return ByteBuffer() }
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let cached = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            guard let base = target.baseAddress else { return 0 }
            return max(0, martlet_read_cached(descriptor, base, UInt(count), Int64(offset)))
        }
        if cached > 0 { return buffer }
        let (bytes, error) = await withUnsafeContinuation { continuation in
            NIOThreadPool.singleton.submit { state in
                guard case .active = state else { return continuation.resume(returning: (ByteBuffer(), ECANCELED)) }
                continuation.resume(returning: self.readWaiting(offset, count))
            }
        }
        guard error == 0 else { throw SpoolError(folder: folder, number: error) }
        return bytes
    }
}

// MARK: - On a thread of the pool

extension SpoolFile {
    /// A file beyond `ulimit -f` is an error like a full disk, rather than the end of the server, as Python has it too.
    private static let ignoresSizeSignal: Bool = {
        signal(SIGXFSZ, SIG_IGN)
        return true
    }()

    private static var folder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    private static func make() throws(SpoolError) -> SpoolFile {
        _ = ignoresSizeSignal
        let folder = folder
        let number = martlet_nameless_file(folder)
        guard number >= 0 else { throw SpoolError(folder: folder, number: errno) }
        return SpoolFile(number, folder: folder)
    }

    private func append(_ bytes: ByteBuffer) throws(SpoolError) {
        let length = length
        let error = bytes.withUnsafeReadableBytes { bytes -> CInt in
            var done = 0
            while done < bytes.count, let base = bytes.baseAddress {
                let count = pwrite(descriptor, base + done, bytes.count - done, off_t(length + done))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return count == 0 ? ENOSPC : errno }
                done += count
            }
            return 0
        }
        guard error == 0 else { throw SpoolError(folder: folder, number: error) }
        written.store(length + bytes.readableBytes, ordering: .releasing)
    }

    /// The file as it can be given to others: they can neither write to it nor move a position that we use.
    private func closedForWriting() throws(SpoolError) -> BodyFile {
        let number = martlet_reopen_for_reading(descriptor)
        guard number >= 0 else { throw SpoolError(folder: folder, number: errno) }
        return BodyFile(number, length: length)
    }

    private func readWaiting(_ offset: Int, _ count: Int) -> (ByteBuffer, CInt) {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var error: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            var result = -1
            repeat {
                result = pread(descriptor, target.baseAddress, count, off_t(offset))
            } while result < 0 && errno == EINTR
            error = result > 0 ? 0 : result == 0 ? EIO : errno
            return max(0, result)
        }
        return (buffer, error)
    }
}
