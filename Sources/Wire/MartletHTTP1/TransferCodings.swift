import MartletBytes
import MartletGateway

/// The Transfer-Encoding lines of a request together (RFC 9112 section 6.1). Only `chunked` is supported, once and as
/// the last coding.
struct TransferCodings: Sendable {
    private(set) var lines = 0
    private var count = 0
    private var chunked = 0
    private var endsInChunked = false
    private var isMalformed = false

    mutating func note(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        lines &+= 1
        var start = value.lowerBound
        while start <= value.upperBound {
            let end = ByteScan.first(UInt8(ascii: ","), in: bytes, from: start, to: value.upperBound)
            noteCoding(bytes, start..<end)
            start = end &+ 1
        }
    }

    private mutating func noteCoding(_ bytes: UnsafeRawBufferPointer, _ element: Range<Int>) {
        var element = element
        while let first = element.first, ASCII.isBlank(bytes[first]) { element = (first &+ 1)..<element.upperBound }
        while let last = element.last, ASCII.isBlank(bytes[last]) { element = element.lowerBound..<last }
        count &+= 1
        endsInChunked = ASCIICase.equals(bytes, element, "chunked")
        if endsInChunked {
            chunked &+= 1
            return
        }
        // A token, and parameters, which need not be understood in a coding that is refused. Empty list elements are
        // refused too, since no two readers of a message may differ about its end.
        let name = element.prefix { FieldSyntax.isToken(bytes[$0]) }
        let rest = element.dropFirst(name.count).drop { ASCII.isBlank(bytes[$0]) }
        if name.isEmpty || rest.first.map({ bytes[$0] != UInt8(ascii: ";") }) ?? false { isMalformed = true }
    }

    /// Nil for `chunked` alone.
    var fault: RequestFault? {
        if isMalformed { return .invalidCoding }
        if !endsInChunked || chunked > 1 { return .codingWithoutEnd }
        return count > 1 ? .codingNotSupported : nil
    }
}
