import MartletGateway
import NIOCore

/// What holds for all values of Range, of files of all sizes. The first byte says how many bits the size has, and those
/// behind it are the size; the rest is the value.
///
/// 1. Ranges are within the file, not empty, do not touch each other, and are at most as many as allowed.
/// 2. Written down, they are read as the same.
/// 3. As parts of one body, they say where they belong, and the length of the body is that of its parts.
enum RangeRules {
    static func check(_ bytes: [UInt8]) throws {
        guard bytes.count > 9 else { return }
        let bits = UInt64(bytes[0] & 63)
        let number = bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let size = Int(number >> (64 - bits))
        let value = Array(bytes[9...])
        guard case .ranges(let ranges) = parse(value, size) else { return }
        try BrokenRule.unless(!ranges.isEmpty && ranges.count <= RangeSet.most, "\(ranges.count) ranges")
        var covered = 0
        for range in ranges {
            try BrokenRule.unless(
                !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= size,
                "\(range) of \(size)"
            )
            covered += range.count
        }
        let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
        for (former, next) in zip(sorted, sorted.dropFirst()) {
            try BrokenRule.unless(former.upperBound < next.lowerBound, "\(former) touches \(next)")
        }
        try BrokenRule.unless(covered <= size, "\(covered) bytes of \(size)")
        let written = "bytes=" + ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
        try BrokenRule.unless(parse(Array(written.utf8), size), is: .ranges(ranges), "ranges are not read as written")
        try checkParts(ranges, size)
    }

    private static func parse(_ value: [UInt8], _ size: Int) -> RangeSet {
        value.withUnsafeBytes { RangeSet($0, size: size) }
    }

    private static func checkParts(_ ranges: [Range<Int>], _ size: Int) throws {
        let parts = MultipartRanges(ranges, size: size, type: "text/plain", boundary: "boundary")
        try BrokenRule.unless(parts.parts.map(\.range), is: ranges, "parts are not the ranges")
        var length = parts.ending.readableBytes
        for part in parts.parts {
            let head = String(buffer: part.head)
            try BrokenRule.unless(
                head.hasSuffix(
                    "Content-Range: bytes \(part.range.lowerBound)-\(part.range.upperBound - 1)/\(size)\r\n\r\n"
                ),
                head
            )
            length &+= part.head.readableBytes &+ part.range.count
        }
        try BrokenRule.unless(parts.length, is: length, "the length of a multipart body")
    }
}
