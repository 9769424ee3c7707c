public import MartletGateway
public import NIOCore

extension Response {
    /// A streamed body of texts, each sent at once: `Response.stream(contentType: "application/x-ndjson", lines)`.
    public static func stream<Pieces: AsyncSequence & Sendable>(
        contentType: String = "text/plain; charset=utf-8",
        _ pieces: Pieces
    ) -> Response where Pieces.Element == String {
        stream(contentType: contentType) { writer in
            for try await piece in pieces { try await writer.write(piece) }
        }
    }

    /// A streamed body of bytes, each piece sent at once.
    public static func stream<Pieces: AsyncSequence & Sendable>(
        contentType: String = "application/octet-stream",
        length: Int? = nil,
        _ pieces: Pieces
    ) -> Response where Pieces.Element == ByteBuffer {
        stream(contentType: contentType, length: length) { writer in try await writer.write(contentsOf: pieces) }
    }
}

extension BodyWriter {
    /// Sends all pieces, each when the client can take it: `try await writer.write(contentsOf: request.body)`.
    public func write<Pieces: AsyncSequence>(contentsOf pieces: Pieces) async throws
    where Pieces.Element == ByteBuffer {
        for try await piece in pieces { try await write(piece) }
    }
}
