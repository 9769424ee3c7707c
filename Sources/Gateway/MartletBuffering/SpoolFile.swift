internal import Glibc
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A temporary file without a name, for a request body or a slowly read answer that is too large for memory. It
/// disappears with its last owner, even if the server is killed.
///
/// Disk operations may block, so they run on NIO's thread pool (``onPool(_:whenDone:)``), never on an event loop.
package final class SpoolFile: Sendable {
    private let descriptor: CInt
    package let folder: String
    private let written = Atomic(0)

    private init(_ descriptor: CInt, folder: String) {
        self.descriptor = descriptor
        self.folder = folder
    }

    deinit {
        Self.close(descriptor)
    }

    /// Closes the descriptor on the pool: closing the last one frees the blocks on disk, which may take long.
    package static func close(_ descriptor: CInt) {
        NIOThreadPool.singleton.submit { _ in Glibc.close(descriptor) }
    }

    /// How many bytes can be read. There is a single writer.
    package var length: Int { written.load(ordering: .acquiring) }

    /// Where such files are made: `TMPDIR`, as everywhere.
    package static var folder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    /// Runs work that may wait for a disk on a thread of the pool.
    ///
    /// - Parameter whenDone: called once, on that thread.
    package static func onPool<Value: Sendable>(
        _ work: @escaping @Sendable () throws(SpoolError) -> Value,
        whenDone: @escaping @Sendable (Result<Value, SpoolError>) -> Void
    ) {
        NIOThreadPool.singleton.submit { state in
            guard case .active = state else {
                return whenDone(.failure(SpoolError(folder: folder, number: ECANCELED)))
            }
            do throws(SpoolError) {
                whenDone(.success(try work()))
            } catch {
                whenDone(.failure(error))
            }
        }
    }
}

// MARK: - What may wait

extension SpoolFile {
    /// Ignores SIGXFSZ, as Python does: a file beyond `ulimit -f` is then an error like a full disk instead of the end
    /// of the server.
    private static let ignoresSizeSignal: Bool = {
        signal(SIGXFSZ, SIG_IGN)
        return true
    }()

    private static func make(in folder: String) throws(SpoolError) -> SpoolFile {
        _ = ignoresSizeSignal
        let number = openNameless(in: folder)
        guard number >= 0 else { throw SpoolError(folder: folder, number: errno) }
        return SpoolFile(number, folder: folder)
    }

    private static func openNameless(in folder: String) -> CInt {
        // O_TMPFILE of asm-generic/fcntl.h, which the C library shows only to programs that ask for GNU extensions.
        let nameless: CInt = 0o20_000_000 | O_DIRECTORY
        let number = open(folder, nameless | O_RDWR | O_CLOEXEC, 0o600)
        // Not every file system supports O_TMPFILE.
        guard number < 0, [EOPNOTSUPP, EISDIR, EINVAL].contains(errno) else { return number }
        var path = Array("\(folder)/martlet-XXXXXX".utf8CString)
        let named = mkstemp(&path)
        guard named >= 0 else { return named }
        unlink(path)
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        return named
    }

    /// Adds bytes to a file, or to a new one if there is none.
    package static func append(
        _ bytes: ByteBuffer,
        to file: SpoolFile?,
        in folder: String = folder
    ) throws(SpoolError) -> SpoolFile {
        let file = if let file { file } else { try make(in: folder) }
        try file.append(bytes)
        return file
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

    /// Up to `count` bytes from `offset` on; empty only at the end of the file.
    package func read(at offset: Int, count: Int) throws(SpoolError) -> ByteBuffer {
        let count = min(count, length - offset)
        guard count > 0 else { return ByteBuffer() }
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
        guard error == 0 else { throw SpoolError(folder: folder, number: error) }
        return buffer
    }

    /// A descriptor to hand out: its holder can neither write nor move our file position.
    package func reopenForReading() throws(SpoolError) -> CInt {
        // The only way to open a file without a name again.
        let number = open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SpoolError(folder: folder, number: errno) }
        return number
    }
}
