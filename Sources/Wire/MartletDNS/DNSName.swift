import MartletBytes

/// A name of DNS: its labels with dots between them, in lower case, without the dot at its end (RFC 1035 section 3.1).
package struct DNSName: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// - Parameter text: a name as people write it.
    package init(_ text: some Collection<UInt8>) {
        var bytes = text.map(ASCIICase.lowercased)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        self.bytes = bytes
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension DNSReader {
    /// The longest name (RFC 1035 section 2.3.4): with the length before each label, and that of the root.
    private static let longestName = 255

    /// Reads a name, which may go on at an earlier place of the message (RFC 1035 section 4.1.4).
    ///
    /// Each jump leads further back than the one before it, so there is an end to them.
    mutating func name() throws(DNSFault) -> DNSName {
        var bytes: [UInt8] = []
        var length = 1
        var place = index
        /// Where the name begins that is read at the moment: jumps lead to before it.
        var start = index
        /// Behind the first jump.
        var end: Int?
        while true {
            let head = Int(try byte(at: place))
            switch head {
            case 0:
                index = end ?? place + 1
                return DNSName(bytes)
            case 1...63:
                length += head + 1
                guard length <= Self.longestName else { throw .nameTooLong }
                if !bytes.isEmpty { bytes.append(UInt8(ascii: ".")) }
                for offset in 1...head {
                    let byte = try byte(at: place + offset)
                    // A dot within a label would make it two.
                    guard byte != UInt8(ascii: "."), byte > 0x20, byte != 0x7F else { throw .oddName }
                    bytes.append(byte)
                }
                place += head + 1
            case 0xC0...:
                let target = (head & 0x3F) << 8 | Int(try byte(at: place + 1))
                if end == nil { end = place + 2 }
                guard target < start else { throw .pointerForward }
                start = target
                place = target
            default: throw .oddLabel
            }
        }
    }
}
