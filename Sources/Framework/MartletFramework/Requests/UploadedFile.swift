internal import Glibc
internal import MartletBuffering
internal import MartletForms
internal import MartletGateway
public import NIOCore
internal import NIOPosix

/// A file that came in a form. A small one is in memory, another in a temporary file that goes with the last copy of this value.
public struct UploadedFile: Sendable {
    enum Content: Sendable {
        case memory(ByteBuffer)
        case spooled(SpoolFile)
    }

    /// The name of the control in the form.
    public let name: String
    /// What the client calls it: any text, with a path and worse. For a name on this machine take ``safeName``.
    public let clientName: String
    /// What the client says it is; nothing has looked into it.
    public let contentType: String?
    let content: Content

    /// ``clientName`` as a name for a file on this machine (`SafeFileName`); nil if nothing of it is left.
    public var safeName: String? { SafeFileName.make(from: clientName) }

    /// In bytes.
    public var size: Int {
        switch content {
        case .memory(let bytes): bytes.readableBytes
        case .spooled(let file): file.length
        }
    }

    /// The whole of it.
    ///
    /// - Throws: `BodyTooLarge` above `limit` bytes.
    public func read(upTo limit: Int = 16 << 20) async throws -> ByteBuffer {
        guard size <= limit else { throw BodyTooLarge(limit: limit) }
        switch content {
        case .memory(let bytes): return bytes
        case .spooled(let file):
            return try await NIOThreadPool.singleton.runIfActive { try file.read(at: 0, count: file.length) }
        }
    }

    /// Writes it to a file, which takes the place of another one when it is whole.
    ///
    /// - Throws: ``FileNotSaved``.
    public func save(to path: String, permissions: UInt32 = 0o644) async throws {
        try await NIOThreadPool.singleton.runIfActive { [content] in
            let temporary = Self.neighbour(of: path)
            let number = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
            guard number >= 0 else { throw FileNotSaved(path: path, number: errno) }
            do {
                defer { close(number) }
                try Self.write(content, to: number, path)
                guard rename(temporary, path) == 0 else { throw FileNotSaved(path: path, number: errno) }
            } catch {
                unlink(temporary)
                throw error
            }
        }
    }

    /// A file in the same folder. It has a short name of its own: that of the file may be as long as a name can be.
    private static func neighbour(of path: String) -> String {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return "\(folder).\(UInt64.random(in: 0 ... .max)).part"
    }

    private static func write(_ content: Content, to number: CInt, _ path: String) throws {
        switch content {
        case .memory(let bytes): try write(bytes, to: number, path)
        case .spooled(let file):
            var offset = 0
            while offset < file.length {
                let piece = try file.read(at: offset, count: 262_144)
                try write(piece, to: number, path)
                offset += piece.readableBytes
            }
        }
    }

    private static func write(_ bytes: ByteBuffer, to number: CInt, _ path: String) throws {
        try bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw FileNotSaved(path: path, number: count == 0 ? ENOSPC : errno) }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// A file that came could not be written where the application wants it.
public struct FileNotSaved: Error, Sendable, CustomStringConvertible {
    public let path: String
    let number: CInt

    public var description: String { "The file could not be saved as \(path): \(String(cString: strerror(number)))." }
}
