import Glibc
import MartletGateway
import NIOCore

extension FileRange {
    private typealias Read = @convention(c) (CInt, UnsafePointer<iovec>, CInt, off_t, CInt) -> Int

    /// `preadv2` of Linux 4.6, which the C library shows only to programs that ask for GNU extensions.
    private static let preadv2 = dlsym(nil, "preadv2").map { unsafeBitCast($0, to: Read.self) }
    /// RWF_NOWAIT (Linux 4.14): only what lies in memory already.
    private static let withoutWaiting: CInt = 8

    /// Reads the range without waiting for a disk; nil if that takes waiting, or the file has become shorter.
    func readCached(_ descriptor: OwnedDescriptor) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: length)
        return readCached(descriptor, into: &bytes) ? bytes : nil
    }

    /// The same into a buffer that is used again where nobody else holds what was in it.
    func readCached(_ descriptor: OwnedDescriptor, into bytes: inout ByteBuffer) -> Bool {
        guard let read = Self.preadv2 else { return false }
        bytes.clear(minimumCapacity: length)
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            var part = iovec(iov_base: memory.baseAddress, iov_len: min(length, memory.count))
            return max(0, read(descriptor.number, &part, 1, off_t(offset), Self.withoutWaiting))
        }
        return count == length
    }
}
