internal import MartletBytes

/// A path as another server may read it that resolves what Martlet leaves as it is: with `.` and `..` and doubled slashes taken out,
/// after decoding, with backslashes for slashes (IIS), and without what follows a `;` in a segment (Tomcat).
struct ResolvedPath {
    /// Nil where there is nothing to resolve.
    let bytes: [UInt8]?

    init(_ path: UnsafeRawBufferPointer) {
        guard Self.isAmbiguous(path) else {
            bytes = nil
            return
        }
        var segments: [ArraySlice<UInt8>] = []
        let decoded = PercentEncoding.decoded(path)
        for segment in decoded.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            let name = segment.prefix { $0 != UInt8(ascii: ";") }
            if name.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else if !name.isEmpty, !name.elementsEqual(".".utf8) {
                segments.append(name)
            }
        }
        bytes = segments.reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 }
    }

    private static func isAmbiguous(_ path: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for byte in path {
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: ";"), UInt8(ascii: "\\"): return true
            case UInt8(ascii: "/"), UInt8(ascii: "."): if previous == UInt8(ascii: "/") { return true }
            default: break
            }
            previous = byte
        }
        return false
    }
}
