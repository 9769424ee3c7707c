internal import Glibc
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// Reads the part of a file that an application returned, on a thread that may block.
enum FileReader {
    /// - Throws: `IOError` if it cannot be opened or read. A file that is too short gives fewer bytes.
    static func read(_ file: FileRange) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive {
            let owned: OwnedDescriptor
            switch file.source {
            case .descriptor(let open): owned = open
            case .path(let path):
                let number = open(path, O_RDONLY | O_CLOEXEC)
                guard number >= 0 else { throw IOError(errnoCode: errno, reason: "cannot open \(path)") }
                owned = OwnedDescriptor(number)
            }
            var buffer = ByteBuffer()
            while buffer.readableBytes < file.length {
                let wanted = min(65_536, file.length - buffer.readableBytes)
                let offset = file.offset + buffer.readableBytes
                let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { memory in
                    let count = pread(owned.number, memory.baseAddress, wanted, off_t(offset))
                    guard count >= 0 else { throw IOError(errnoCode: errno, reason: "cannot read") }
                    return count
                }
                if count == 0 { break }
            }
            return buffer
        }
    }
}
