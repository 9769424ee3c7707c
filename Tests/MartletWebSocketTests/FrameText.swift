import NIOCore

/// Bytes written as hexadecimal numbers, with spaces wherever they help to read.
func hex(_ text: String) -> ByteBuffer {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return ByteBuffer(
        bytes: stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    )
}
