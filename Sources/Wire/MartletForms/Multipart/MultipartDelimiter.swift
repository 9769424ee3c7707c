/// What is between the parts of a form: a line end, `--`, and the boundary.
///
/// CR and LF are nowhere in it but at its beginning. So where a match breaks off, the next one begins at that place or
/// later, and none is missed by going on from there.
struct MultipartDelimiter: Sendable {
    /// CR, LF, `--`, the boundary, and the `-` that may follow.
    let bytes: [UInt8]
    /// At which of its bytes it begins: 0 if lines end in CRLF, 1 if in LF; nil before the first line.
    var first: Int?

    init(_ boundary: MultipartBoundary) {
        bytes = Array("\r\n--".utf8) + boundary.bytes + Array("-".utf8)
    }

    var boundary: ArraySlice<UInt8> { bytes[4..<length] }

    /// Up to the end of the boundary.
    var length: Int { bytes.count - 1 }

    /// Takes what is of the delimiter, from its byte `matched` on, from the front of the input.
    ///
    /// - Returns: up to which of its bytes it is there.
    func match(_ input: inout ArraySlice<UInt8>, from matched: Int) -> Int {
        var matched = matched
        var place = input.startIndex
        while matched < length, place < input.endIndex, input[place] == bytes[matched] {
            matched += 1
            place += 1
        }
        input = input[place...]
        return matched
    }

    /// Takes everything up to the delimiter, or what is there of it at the end of the input, and that too.
    ///
    /// - Returns: what is before it, and up to which of its bytes it is there.
    func search(_ input: inout ArraySlice<UInt8>) -> (before: ArraySlice<UInt8>, matched: Int) {
        let first = first ?? 0
        let start = input.startIndex
        var rest = input
        while let candidate = rest.firstIndex(of: bytes[first]) {
            rest = rest[(candidate + 1)...]
            let matched = match(&rest, from: first + 1)
            guard matched == length || rest.isEmpty else { continue }
            defer { input = rest }
            return (input[start..<candidate], matched)
        }
        defer { input = input.suffix(0) }
        return (input, first)
    }
}
