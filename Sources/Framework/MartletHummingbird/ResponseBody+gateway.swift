#if Hummingbird
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

extension ResponseBody {
    /// A body that an application writes while it is sent.
    ///
    /// - Parameter pump: of the request, which the application may read meanwhile.
    static func stream(
        length: Int?,
        on executor: LoopExecutor,
        pump: BodyPump,
        _ write: @escaping @Sendable (BodyWriter) async throws -> Void
    ) -> ResponseBody {
        ResponseBody(contentLength: length) { writer in
            defer { pump.end() }
            let handover = Handover(length: length)
            let work = Task(executorPreference: executor) {
                do {
                    try await write(BodyWriter(handover))
                    handover.finish(.success(()))
                } catch {
                    handover.finish(.failure(error))
                }
            }
            do {
                while let piece = try await handover.next() { try await writer.write(piece) }
            } catch {
                handover.close()
                work.cancel()
                throw error
            }
            try await writer.finish(handover.trailer.map(HTTPFields.init))
        }
    }

    /// A part of a file, which is read on a thread that may block.
    static func file(_ file: FileRange) -> ResponseBody {
        ResponseBody(contentLength: file.length) { writer in
            let open = try await FileReader.open(file.source)
            var rest = file.length
            while rest > 0 {
                let piece = try await FileReader.read(
                    open,
                    at: file.offset &+ file.length &- rest,
                    atMost: min(rest, 65_536)
                )
                guard piece.readableBytes > 0 else {
                    throw WrongLength(announced: file.length, written: file.length &- rest)
                }
                rest &-= piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}

private enum FileReader {
    static func open(_ source: FileRange.Source) async throws -> OwnedDescriptor {
        switch source {
        case .descriptor(let open): return open
        case .path(let path):
            return try await NIOThreadPool.singleton.runIfActive {
                let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
                guard number >= 0 else { throw IOError(errnoCode: errno, reason: "cannot open \(path)") }
                return OwnedDescriptor(number)
            }
        }
    }

    static func read(_ file: OwnedDescriptor, at offset: Int, atMost wanted: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive {
            var piece = ByteBuffer()
            _ = try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { memory in
                let count = pread(file.number, memory.baseAddress, wanted, off_t(offset))
                guard count >= 0 else { throw IOError(errnoCode: errno, reason: "cannot read a file") }
                return count
            }
            return piece
        }
    }
}

extension HTTPFields {
    init(_ headers: Headers) {
        self.init()
        for (name, value) in headers.pairs {
            if let name = HTTPField.Name(name) { append(HTTPField(name: name, value: value)) }
        }
    }
}
#endif
