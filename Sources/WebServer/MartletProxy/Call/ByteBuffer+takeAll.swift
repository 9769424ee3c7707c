import NIOCore

extension ByteBuffer {
    /// Gives everything away, its memory too.
    mutating func takeAll() -> ByteBuffer {
        defer { self = ByteBuffer() }
        return self
    }
}
