internal import CMartletWorker
internal import Glibc
internal import HTTPTypes
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// A temporary file without a name, for the bytes of one request's body. It is gone with the last who holds it, also when the
/// server is killed.
///
/// A disk may keep its caller waiting, so it is written by a thread of NIO's pool, a piece at a time. It is read on the event
/// loop where the page cache has the bytes, which were written a moment ago, and else by the pool too.
final class SpoolFile: @unchecked Sendable {
    private let descriptor: OwnedDescriptor
    private let folder: String
    /// How many bytes were written. Used on the loop that the body belongs to.
    private(set) var length = 0

    private init(_ descriptor: OwnedDescriptor, folder: String) {
        self.descriptor = descriptor
        self.folder = folder
    }

    /// A file beyond `ulimit -f` is an error like a full disk, rather than the end of the server, as Python has it too.
    private static let ignoresSizeSignal: Bool = {
        signal(SIGXFSZ, SIG_IGN)
        return true
    }()

    /// - Throws: ``SpoolError``.
    static func make() async throws -> SpoolFile {
        _ = ignoresSizeSignal
        let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let (number, error) = try await offLoop { () -> (CInt, CInt) in
            let number = martlet_nameless_file(folder)
            return (number, number < 0 ? errno : 0)
        }
        guard number >= 0 else { throw SpoolError(folder: folder, number: error) }
        return SpoolFile(OwnedDescriptor(number), folder: folder)
    }

    /// - Throws: ``SpoolError``, as with a disk that is full.
    func append(_ bytes: ByteBuffer) async throws {
        let (descriptor, start) = (descriptor, length)
        let error = try await Self.offLoop { () -> CInt in
            bytes.withUnsafeReadableBytes { bytes in
                var done = 0
                while done < bytes.count, let base = bytes.baseAddress {
                    let count = pwrite(descriptor.number, base + done, bytes.count - done, off_t(start + done))
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { return count == 0 ? ENOSPC : errno }
                    done += count
                }
                return 0
            }
        }
        guard error == 0 else { throw SpoolError(folder: folder, number: error) }
        length += bytes.readableBytes
    }

    /// Up to `count` bytes from `offset` on; none only at the end of what was written.
    ///
    /// - Throws: ``SpoolError``.
    func read(at offset: Int, count: Int) async throws -> ByteBuffer {
        let count = min(count, length - offset)
        guard count > 0 else { return ByteBuffer() }
        let descriptor = descriptor
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let cached = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            guard let base = target.baseAddress else { return 0 }
            return max(0, martlet_read_cached(descriptor.number, base, UInt(count), Int64(offset)))
        }
        if cached > 0 { return buffer }
        let (bytes, error) = try await Self.offLoop { () -> (ByteBuffer, CInt) in
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            var error: CInt = 0
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                var result = -1
                repeat {
                    result = pread(descriptor.number, target.baseAddress, count, off_t(offset))
                } while result < 0
                    && errno == EINTR
                error = result > 0 ? 0 : result == 0 ? EIO : errno
                return max(0, result)
            }
            return (buffer, error)
        }
        guard error == 0 else { throw SpoolError(folder: folder, number: error) }
        return bytes
    }

    /// Runs `work` on a thread that may wait. Unlike NIO's own way it ends what it has begun when the task is cancelled: a client
    /// that closes its half only still gets its answer.
    private static func offLoop<T: Sendable>(_ work: @escaping @Sendable () -> T) async throws -> T {
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<T, any Error>) in
            NIOThreadPool.singleton.submit { state in
                guard case .active = state else { return continuation.resume(throwing: CancellationError()) }
                continuation.resume(returning: work())
            }
        }
    }
}

/// A request's body could not be stored.
struct SpoolError: ResponseError, CustomStringConvertible {
    let folder: String
    let number: CInt

    private enum Cause {
        case noRoom, noDescriptors, other
    }

    private var cause: Cause {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: .noRoom
        case EMFILE, ENFILE: .noDescriptors
        default: .other
        }
    }

    var response: Response {
        switch cause {
        case .noRoom:
            .plain(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
                "507 Insufficient Storage\n\nThere is no room for the request's body.\n"
            )
        case .noDescriptors:
            .plain(.serviceUnavailable, "503 Service Unavailable\n\nThe server has too many files open.\n")
        case .other:
            .plain(.internalServerError, "500 Internal Server Error\n\nThe request's body could not be stored.\n")
        }
    }

    var description: String {
        let advice =
            switch cause {
            case .noRoom: "make room there, or set TMPDIR to a folder that has some"
            case .noDescriptors: "raise the limit on open files (ulimit -n)"
            case .other: "set TMPDIR to a folder that the server may write to"
            }
        return "A request's body could not be stored in \(folder): \(String(cString: strerror(number))); \(advice)."
    }
}
