internal import MartletBytes
package import NIOCore

/// Several ranges as one body: `multipart/byteranges` (RFC 9110 section 14.6).
package struct MultipartRanges: Sendable {
    package struct Part: Sendable {
        /// The line between two parts, and the fields of this one.
        package let head: ByteBuffer
        package let range: Range<Int>
    }

    package let contentType: String
    package let parts: [Part]
    package let ending: ByteBuffer
    /// How many bytes all of it has.
    package let length: Int

    /// - Parameters:
    ///   - type: the Content-Type of the whole, if it has one.
    ///   - boundary: must not be in the content; chance sees to that.
    package init(_ ranges: [Range<Int>], size: Int, type: String?, boundary: String = Self.boundary()) {
        contentType = "multipart/byteranges; boundary=\(boundary)"
        let typeLine = type.map { "Content-Type: \($0)\r\n" } ?? ""
        parts = ranges.enumerated().map { index, range in
            let head =
                "\(index > 0 ? "\r\n" : "")--\(boundary)\r\n\(typeLine)Content-Range: \(range.contentRange(of: size))\r\n\r\n"
            return Part(head: ByteBuffer(string: head), range: range)
        }
        ending = ByteBuffer(string: "\r\n--\(boundary)--\r\n")
        length = parts.reduce(ending.readableBytes) { $0 &+ $1.head.readableBytes &+ $1.range.count }
    }

    package static func boundary() -> String {
        Hex.text(UInt32.random(in: 1 << 28...UInt32.max)) + Hex.text(UInt32.random(in: 1 << 28...UInt32.max))
            + Hex.text(UInt32.random(in: 1 << 28...UInt32.max))
    }

    /// The body, of content that is in memory.
    func body(of content: ByteBuffer) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(length)
        for part in parts {
            body.writeImmutableBuffer(part.head)
            if let bytes = content.slice(part.range) { body.writeImmutableBuffer(bytes) }
        }
        body.writeImmutableBuffer(ending)
        return body
    }
}

extension Range<Int> {
    /// The value of Content-Range; the range must not be empty.
    package func contentRange(of size: Int) -> String { "bytes \(lowerBound)-\(upperBound &- 1)/\(size)" }
}

extension ByteBuffer {
    /// The bytes at these places, counted from the first that can be read.
    func slice(_ range: Range<Int>) -> ByteBuffer? {
        getSlice(at: readerIndex &+ range.lowerBound, length: range.count)
    }
}
