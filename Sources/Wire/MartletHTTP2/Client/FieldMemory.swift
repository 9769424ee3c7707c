/// Where the fields of answers are decoded, one at a time: by the one machine that has it.
final class FieldMemory: @unchecked Sendable {
    private(set) var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)

    deinit { bytes.deallocate() }

    /// Memory for so many bytes; what is in it is kept.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if count > bytes.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count &+ count / 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(bytes))
            bytes.deallocate()
            bytes = larger
        }
        return bytes
    }
}
