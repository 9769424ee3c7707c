public import NIOCore

/// Writes frames (RFC 6455 section 5). A message is one frame.
public struct WebSocketEncoder: Sendable {
    private let role: WebSocketRole

    /// - Parameter role: of this end.
    public init(_ role: WebSocketRole) { self.role = role }

    public func write(_ message: WebSocketMessage, into output: inout ByteBuffer) {
        switch message {
        case .text(let text): write(.text, ByteBuffer(string: text), into: &output)
        case .bytes(let bytes): write(.binary, bytes, into: &output)
        }
    }

    /// - Parameter content: at most 125 bytes; more are cut off (section 5.5).
    public func writePing(_ content: ByteBuffer = ByteBuffer(), into output: inout ByteBuffer) {
        write(.ping, Self.control(content), into: &output)
    }

    /// - Parameter content: that of the ping.
    public func writePong(_ content: ByteBuffer, into output: inout ByteBuffer) {
        write(.pong, Self.control(content), into: &output)
    }

    /// Writes the last frame.
    public func writeClose(_ closure: WebSocketClosure, into output: inout ByteBuffer) {
        write(.close, closure.payload, into: &output)
    }

    private static func control(_ content: ByteBuffer) -> ByteBuffer {
        content.getSlice(at: content.readerIndex, length: min(content.readableBytes, FrameHead.longestControl))
            ?? ByteBuffer()
    }

    func write(_ opcode: Opcode, isFinal: Bool = true, _ content: ByteBuffer, into output: inout ByteBuffer) {
        let mask = role == .client ? FrameMask(key: .random(in: 0 ... .max)) : nil
        let head = FrameHead(opcode: opcode, isFinal: isFinal, length: content.readableBytes, mask: mask)
        // 14 bytes are the longest head.
        output.reserveCapacity(minimumWritableBytes: content.readableBytes + 14)
        head.write(into: &output)
        let start = output.readableBytes
        output.writeImmutableBuffer(content)
        if var mask { output.apply(&mask, from: start) }
    }
}
