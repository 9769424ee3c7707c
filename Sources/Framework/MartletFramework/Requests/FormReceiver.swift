internal import MartletBuffering
internal import MartletForms
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// Takes a form in: values in memory, files too while they are small, and then on the disk.
struct FormReceiver {
    /// Of a file in memory; Werkzeug's `default_stream_factory` has 500 kB for the whole form, nginx 16 KB for a body.
    private static let memory = 65_536

    private var reader: FormReader
    private let isMultipart: Bool
    private var files: [UploadedFile] = []
    private var head: PartHead?
    private var bytes = ByteBuffer()
    private var spool: SpoolFile?

    init(contentType: String?, limits: FormLimits) throws(FormFault) {
        reader = try FormReader(contentType: contentType, limits: limits)
        isMultipart = contentType.flatMap { MediaType($0) }?.type == "multipart"
    }

    mutating func receive(_ chunk: ByteBuffer) async throws {
        var input = Array(chunk.readableBytesView)[...]
        while let event = try reader.next(from: &input) {
            switch event {
            case .fileBegan(let head): self.head = head
            case .fileData(let piece):
                bytes.writeBytes(piece)
                if bytes.readableBytes > Self.memory { try await store() }
            case .fileEnded: try await endFile()
            }
        }
    }

    mutating func finish() throws -> Form {
        Form(values: try reader.finish(), files: files, isMultipart: isMultipart)
    }

    private mutating func store() async throws {
        let piece = bytes
        bytes = ByteBuffer()
        let former = spool
        spool = try await NIOThreadPool.singleton.runIfActive { try SpoolFile.append(piece, to: former) }
    }

    private mutating func endFile() async throws {
        guard let head, let clientName = head.fileName else { return }
        if spool != nil, bytes.readableBytes > 0 { try await store() }
        // What browsers send for a control in which no file was chosen.
        if !clientName.isEmpty || spool != nil || bytes.readableBytes > 0 {
            files.append(
                UploadedFile(
                    name: head.name,
                    clientName: clientName,
                    contentType: head.contentType,
                    content: spool.map { .spooled($0) } ?? .memory(bytes)
                )
            )
        }
        (self.head, spool, bytes) = (nil, nil, ByteBuffer())
    }
}
