import MartletBytes
import MartletGateway

/// What the fields of an answer's head say about the message and the connection: collected line by line, checked at the
/// end.
struct ResponseFacts: Sendable {
    private var lengthCount = 0
    private var length = 0
    private var codings = TransferCodings()
    private var connectionCloses = false
    private var connectionKeeps = false
    private(set) var keepAliveSeconds: Int?
    /// Names that Connection lists: fields about the connection, whatever they are.
    private(set) var nominated: [[UInt8]] = []

    /// Notes a field line.
    ///
    /// - Returns: whether the field is passed on; nil where its value is a fault by itself.
    mutating func note(
        _ bytes: UnsafeRawBufferPointer,
        _ name: Range<Int>,
        _ value: Range<Int>,
        _ role: FieldRole
    ) throws(ResponseFault) -> Bool {
        if role.isDisjoint(with: .aboutConnection.union(.contentLength)) { return true }
        switch role {
        case .contentLength:
            lengthCount &+= 1
            guard lengthCount == 1 else { throw .severalContentLengths }
            guard let number = DecimalText.value(of: bytes[value]) else { throw .invalidContentLength }
            length = number
        case .connection:
            noteConnection(bytes, value)
        case .upgrade:
            return true
        default:
            if ASCIICase.equals(bytes, name, "transfer-encoding") {
                codings.note(bytes, value)
            } else if ASCIICase.equals(bytes, name, "keep-alive") {
                noteKeepAlive(bytes, value)
            }
        }
        return false
    }

    private mutating func noteConnection(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        FieldList.forEachElement(bytes, value) { element in
            if ASCIICase.equals(bytes, element, "close") {
                connectionCloses = true
            } else if ASCIICase.equals(bytes, element, "keep-alive") {
                connectionKeeps = true
            } else if !ASCIICase.equals(bytes, element, "upgrade") {
                nominated.append(bytes[element].map(ASCIICase.lowercased))
            }
        }
    }

    private mutating func noteKeepAlive(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        FieldList.forEachElement(bytes, value) { element in
            guard element.count > 8,
                ASCIICase.equals(bytes, element.lowerBound..<(element.lowerBound &+ 8), "timeout=")
            else { return }
            keepAliveSeconds = DecimalText.value(of: bytes[element.dropFirst(8)])
        }
    }

    /// Checks all fields together (RFC 9112 section 6.3).
    func settle(into head: inout HTTP1ResponseHead) throws(ResponseFault) {
        head.keepsAlive = !connectionCloses && (!head.isHTTP10 || connectionKeeps)
        head.keepAliveSeconds = keepAliveSeconds
        if codings.lines > 0 {
            if head.isHTTP10 { throw .codingOnHTTP10 }
            if lengthCount > 0 { throw .lengthWithCoding }
            if codings.fault != nil { throw .codingNotSupported }
            head.framing = .chunked
        } else if lengthCount > 0 {
            head.framing = .length(length)
        }
        if !nominated.isEmpty {
            head.headers.remove { name in nominated.contains { ASCIICase.equals(name, $0) } }
        }
    }
}
