import MartletBytes
import MartletGateway

/// The request line of a head that broke the rules, as far as it is there: for logs, and to know a HEAD when it is refused.
package struct RequestLineText: Sendable, Equatable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - head: what has come of the head.
    ///   - limit: the longest text that is taken.
    /// - Returns: nil where nothing of a line has come.
    package init?(_ head: UnsafeRawBufferPointer, upTo limit: Int) {
        func endsLine(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A }
        let line = head.drop(while: endsLine).prefix(limit).prefix { !endsLine($0) }
        guard !line.isEmpty else { return nil }
        bytes = Array(line)
    }

    package var isHead: Bool { bytes.starts(with: "HEAD ".utf8) }

    /// What stands before the first space; nil where that is no method.
    package var method: ArraySlice<UInt8>? {
        guard let space = bytes.firstIndex(of: 0x20) else { return nil }
        let method = bytes[..<space]
        return !method.isEmpty && method.allSatisfy(FieldSyntax.isToken) ? method : nil
    }

    /// What stands behind the method, without the version; the whole line where there is no method.
    package var target: ArraySlice<UInt8> {
        guard let method else { return bytes[...] }
        let rest = bytes[(method.endIndex + 1)...]
        guard let space = rest.lastIndex(of: 0x20), rest[(space + 1)...].starts(with: "HTTP/".utf8) else { return rest }
        return rest[..<space]
    }
}
