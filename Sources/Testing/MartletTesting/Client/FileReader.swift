internal import Glibc
internal import HTTPTypes
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// Reads the part of a file that an application returned, on a thread that may block.
enum FileReader {
    /// What the server makes of an answer with a file that has validators: the whole, a part, or none of it.
    static func answering(_ given: Response, to head: RequestHead) async -> Response {
        guard case .file(let file) = given.body, given.status.code == 200, let validators = Validators(given.headers),
            let conditions = Preconditions(head)
        else { return given }
        let outcome = conditions.outcome(validators, size: file.length)
        guard outcome != .whole, let bytes = try? await read(file), bytes.readableBytes == file.length else {
            return given
        }
        var response = given
        response.body = .bytes(bytes)
        return response.answering(outcome, size: file.length) ?? given
    }

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
