/// A header block that comes in several frames: HEADERS, then CONTINUATION (RFC 9113 section 6.10).
///
/// It is bounded in bytes and in frames before anything is decoded: the CONTINUATION flood (CVE-2024-28182).
struct HeaderBlock: Sendable {
    /// nghttp2 stops at 8 CONTINUATIONs, Go at the bytes of the head.
    static let frames = 16

    /// The stream; 0 between blocks.
    private(set) var stream: UInt32 = 0
    private(set) var flags = FrameFlags()
    private(set) var dependsOnItself = false
    private var bytes: [UInt8] = []
    private var frames = 0
    /// A block may be larger than the head that it decodes to, so that what is a little too large can still be answered.
    private let limit: Int

    init(headBytes: Int) { limit = headBytes &* 2 }

    var isOpen: Bool { stream != 0 }

    mutating func begin(_ frame: FrameHead, _ fragment: UnsafeRawBufferPointer, dependsOnItself: Bool) {
        stream = frame.stream
        flags = frame.flags
        self.dependsOnItself = dependsOnItself
        frames = 0
        bytes = Array(fragment)
    }

    /// - Returns: false if it has become too large.
    mutating func add(_ fragment: UnsafeRawBufferPointer) -> Bool {
        frames &+= 1
        guard frames <= Self.frames, bytes.count &+ fragment.count <= limit else { return false }
        bytes.append(contentsOf: fragment)
        return true
    }

    /// The block is complete: takes its bytes out.
    mutating func end() -> [UInt8] {
        stream = 0
        defer { bytes = [] }
        return bytes
    }
}
