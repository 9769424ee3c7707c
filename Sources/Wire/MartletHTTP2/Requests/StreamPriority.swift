import MartletBytes

/// How urgent an answer is to its client (RFC 9218 section 4).
package struct StreamPriority: Sendable, Equatable {
    /// From 0, the most urgent, to 7.
    package var urgency: UInt8 = 3
    /// It is of use in parts, so that it may share the connection with others.
    package var isIncremental = false

    package init() {}

    /// Reads a priority field's value, a dictionary (RFC 9218 section 5). What is not understood is ignored.
    package init(_ bytes: UnsafeRawBufferPointer) {
        FieldList.forEachElement(bytes, 0..<bytes.count) { range in
            // Without its parameters.
            let element = UnsafeRawBufferPointer(rebasing: bytes[range].prefix { $0 != UInt8(ascii: ";") })
            if element.count == 3, element.starts(with: "u=".utf8), element[2] &- 0x30 < 8 {
                urgency = element[2] &- 0x30
            } else if element.elementsEqual("i".utf8) || element.elementsEqual("i=?1".utf8) {
                isIncremental = true
            } else if element.elementsEqual("i=?0".utf8) {
                isIncremental = false
            }
        }
    }
}
