import NIOCore

/// The types of records (FastCGI 1.0 section 8).
package enum FastCGIRecordType: UInt8, Sendable {
    case beginRequest = 1
    case abortRequest = 2
    case endRequest = 3
    case params = 4
    case stdin = 5
    case stdout = 6
    case stderr = 7
    case data = 8
    case getValues = 9
    case getValuesResult = 10
    case unknownType = 11
}

/// The eight bytes before the content of every record (FastCGI 1.0 section 3.3).
struct FastCGIRecordHead: Sendable, Equatable {
    static let size = 8
    static let version: UInt8 = 1
    /// The most that a record holds without padding: a multiple of 8 below 65,536.
    static let contentBytes = 65_528

    /// As it came; nil in ``type`` for one that is not known.
    let number: UInt8
    /// 0 for what is about the connection.
    let request: UInt16
    let length: Int
    let padding: Int

    /// To a multiple of 8 bytes.
    static func padding(for count: Int) -> Int { (8 - count % 8) % 8 }

    var type: FastCGIRecordType? { FastCGIRecordType(rawValue: number) }

    /// - Returns: nil while it has not come whole.
    /// - Throws: ``FastCGIFault`` for another version.
    static func read(_ input: inout ByteBuffer) throws(FastCGIFault) -> FastCGIRecordHead? {
        // What is no FastCGI at all is known by its first byte.
        if let version = input.getInteger(at: input.readerIndex, as: UInt8.self), version != Self.version {
            throw .version(version)
        }
        guard
            let (_, number, request, length, padding, _) = input.readMultipleIntegers(
                as: (UInt8, UInt8, UInt16, UInt16, UInt8, UInt8).self
            )
        else { return nil }
        return FastCGIRecordHead(number: number, request: request, length: Int(length), padding: Int(padding))
    }
}

// MARK: - Writing

extension ByteBuffer {
    /// Writes one record, padded to a multiple of 8 bytes as section 3.3 advises.
    ///
    /// - Parameter content: at most ``FastCGIRecordHead/contentBytes`` of it are written.
    mutating func writeRecord(_ type: FastCGIRecordType, _ request: UInt16, _ content: ByteBuffer = ByteBuffer()) {
        let count = min(content.readableBytes, FastCGIRecordHead.contentBytes)
        writeRecordHead(type, request, count: count)
        if let content = content.getSlice(at: content.readerIndex, length: count) { writeImmutableBuffer(content) }
        writeRepeatingByte(0, count: FastCGIRecordHead.padding(for: count))
    }

    /// - Parameter count: how long the content is, at most ``FastCGIRecordHead/contentBytes``. Its padding follows it.
    mutating func writeRecordHead(_ type: FastCGIRecordType, _ request: UInt16, count: Int) {
        writeMultipleIntegers(
            FastCGIRecordHead.version,
            type.rawValue,
            request,
            UInt16(truncatingIfNeeded: count),
            UInt8(truncatingIfNeeded: FastCGIRecordHead.padding(for: count)),
            UInt8(0)
        )
    }

    /// Writes a part of a stream in as many records as it takes; none for no bytes, since that would end the stream.
    mutating func writeStream(_ type: FastCGIRecordType, _ request: UInt16, _ bytes: ByteBuffer) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = min(rest.readableBytes, FastCGIRecordHead.contentBytes)
            guard let piece = rest.readSlice(length: count) else { return }
            writeRecord(type, request, piece)
        }
    }
}
