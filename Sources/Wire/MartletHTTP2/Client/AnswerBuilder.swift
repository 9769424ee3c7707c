import HTTPTypes
import MartletBytes
import MartletGateway
import MartletHTTP1

/// Collects the fields of one header block of an upstream, and checks them (RFC 9113 sections 8.2 and 8.3.2).
///
/// What is passed on becomes lines of ``Headers`` as it comes: neither fields between two proxies nor Content-Length, which whoever
/// passes the answer on writes itself.
struct AnswerBuilder: FieldCollector {
    /// What a field counts besides its bytes (RFC 9113 section 6.5.2).
    private static let overhead = 32

    private let limits: HeadLimits
    private var block: [UInt8] = []
    private var fields = 0
    private var listSize = 0
    private var status: Int?
    private var length: Int?
    private var fault: HTTP2AnswerFault?

    init(limits: HeadLimits) { self.limits = limits }

    mutating func reset() { self = AnswerBuilder(limits: limits) }

    // MARK: - Taking fields

    func room(_ bytes: Int, in memory: FieldMemory) -> UnsafeMutableRawBufferPointer { memory.room(bytes) }

    func copy(_ bytes: UnsafeRawBufferPointer, to memory: FieldMemory) {
        memory.room(bytes.count).copyMemory(from: bytes)
    }

    mutating func hasRoom(_ nameCount: Int, _ valueCount: Int) -> Bool {
        listSize &+= nameCount &+ valueCount &+ Self.overhead
        if listSize > limits.headBytes { note(.headTooLarge(limit: limits.headBytes)) }
        return listSize <= limits.headBytes
    }

    private mutating func note(_ new: HTTP2AnswerFault) { fault = fault ?? new }

    mutating func take(_ nameCount: Int, _ valueCount: Int, _ kind: FieldKind, isValid: Bool, _ memory: FieldMemory) {
        guard nameCount &+ valueCount <= memory.bytes.count else { return note(.malformedField) }
        let name = UnsafeRawBufferPointer(rebasing: memory.bytes[..<nameCount])
        let value = UnsafeRawBufferPointer(rebasing: memory.bytes[nameCount..<(nameCount &+ valueCount)])
        guard isValid else { return note(.malformedField) }
        switch kind {
        case .malformed, .method, .path, .scheme, .authority, .protocol: return note(.malformedField)
        case .status:
            // Once, and before all others.
            guard status == nil, fields == 0 else { return note(.malformedField) }
            guard value.count == 3, let number = DecimalText.value(of: value), number >= 100 else {
                return note(.invalidStatus)
            }
            status = number
            return
        case .contentLength:
            guard length == nil, let number = DecimalText.value(of: value) else { return note(.invalidLength) }
            length = number
        case .regular, .te, .host, .cookie, .expect, .priority, .contentType, .forwarding:
            if FieldRole(name: name).isDisjoint(with: .aboutConnection) { append(name, value) }
        }
        fields &+= 1
        if fields > limits.fields { note(.tooManyFields(limit: limits.fields)) }
    }

    private mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard fields < limits.fields else { return }
        block.append(contentsOf: name)
        block.append(UInt8(ascii: ":"))
        block.append(0x20)
        block.append(contentsOf: value)
        block.append(0x0D)
        block.append(0x0A)
    }

    // MARK: - The whole block

    /// The end of the block, as one that begins an answer.
    mutating func settle() throws(HTTP2AnswerFault) -> HTTP2AnswerHead {
        if let fault { throw fault }
        guard let status else { throw .invalidStatus }
        return HTTP2AnswerHead(
            status: .init(number: status),
            headers: Headers(validBlock: block),
            announcedLength: length
        )
    }

    /// The end of the block, as one behind a body; nil where there is nothing in it to pass on.
    mutating func settleTrailer() throws(HTTP2AnswerFault) -> Headers? {
        if let fault { throw fault }
        guard status == nil, length == nil else { throw .malformedField }
        return block.isEmpty ? nil : Headers(validBlock: block)
    }
}
