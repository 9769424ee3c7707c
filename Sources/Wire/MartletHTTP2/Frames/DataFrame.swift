import NIOCore

/// A DATA frame of which a part is still to come (RFC 9113 section 6.1).
struct DataFrame: Sendable {
    let stream: UInt32
    var content: Int
    var padding: Int
    let ends: Bool

    /// Reads its head, with the length of its padding.
    ///
    /// - Returns: nil where that has not come.
    @inline(__always)
    init?(_ frame: FrameHead, _ input: inout ByteBuffer) throws(HTTP2Fault) {
        var overhead = 0
        padding = 0
        if frame.flags.contains(.padded), frame.stream != 0 {
            guard frame.length > 0 else { throw .connection(.frameSize) }
            guard let byte = input.getInteger(at: input.readerIndex &+ FrameHead.size, as: UInt8.self) else {
                return nil
            }
            padding = Int(byte)
            guard padding < frame.length else { throw .connection(.protocol) }
            overhead = padding &+ 1
        }
        input.moveReaderIndex(forwardBy: FrameHead.size &+ overhead &- padding)
        stream = frame.stream
        content = frame.length &- overhead
        ends = frame.flags.contains(.endStream)
    }
}
