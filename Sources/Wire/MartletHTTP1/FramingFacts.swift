import MartletBytes
import MartletGateway

/// What the fields of a head say about the message and the connection: collected line by line, checked at the end.
package struct FramingFacts: Sendable {
    var hasAbsoluteTarget = false
    private var hostCount = 0
    private var hasContentType = false
    private var lengthCount = 0
    private var length = 0
    private var codings = TransferCodings()
    private var connectionCloses = false
    private var connectionKeeps = false
    private var connectionUpgrades = false
    private var hasUpgrade = false
    private var expectsContinue = false
    private var expectsOther = false

    /// Notes one field line. A value that is invalid by itself is a fault at once.
    @inline(__always)
    mutating func note(
        _ bytes: UnsafeRawBufferPointer,
        nameStart: Int,
        nameCount: Int,
        _ value: Range<Int>,
        into table: inout RequestHead.Table
    ) -> RequestFault? {
        let name = nameStart..<(nameStart &+ nameCount)
        if ForwardingField.mayBegin(with: bytes[nameStart]) { noteForwarding(bytes, name, into: &table) }
        switch nameCount {
        case 4:
            guard ASCIICase.equals(bytes, name, "host") else { return nil }
            return noteHost(bytes, value, into: &table)
        case 6:
            if ASCIICase.equals(bytes, name, "expect") { noteExpect(bytes, value) }
        case 7:
            if ASCIICase.equals(bytes, name, "upgrade") { hasUpgrade = true }
        case 10:
            if ASCIICase.equals(bytes, name, "connection") { noteConnection(bytes, value) }
        case 12:
            guard ASCIICase.equals(bytes, name, "content-type") else { return nil }
            // No two readers of a message may interpret it differently.
            if hasContentType { return .duplicateContentType }
            hasContentType = true
        case 14:
            guard ASCIICase.equals(bytes, name, "content-length") else { return nil }
            return noteLength(bytes, value)
        case 17:
            guard ASCIICase.equals(bytes, name, "transfer-encoding") else { return nil }
            codings.note(bytes, value)
        default:
            break
        }
        return nil
    }

    @inline(never)
    private func noteForwarding(
        _ bytes: UnsafeRawBufferPointer,
        _ name: Range<Int>,
        into table: inout RequestHead.Table
    ) {
        let name = UnsafeRawBufferPointer(rebasing: bytes[name])
        if ForwardingField(name: name) != nil || ForwardingField.isImitated(by: name) { table.hasForwarding = true }
    }

    private mutating func noteHost(
        _ bytes: UnsafeRawBufferPointer,
        _ value: Range<Int>,
        into table: inout RequestHead.Table
    ) -> RequestFault? {
        hostCount &+= 1
        guard hostCount == 1 else { return .duplicateHost }
        guard HostSyntax.isValid(UnsafeRawBufferPointer(rebasing: bytes[value])) else { return .invalidHost }
        if !hasAbsoluteTarget {
            table.authority = RequestHead.Span(start: value.lowerBound, end: value.upperBound)
        }
        return nil
    }

    private mutating func noteLength(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> RequestFault? {
        lengthCount &+= 1
        guard lengthCount == 1 else { return .duplicateContentLength }
        guard let number = DecimalText.value(of: bytes[value]) else { return .invalidContentLength }
        length = number
        return nil
    }

    private mutating func noteExpect(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        if ASCIICase.equals(bytes, value, "100-continue") { expectsContinue = true } else { expectsOther = true }
    }

    private mutating func noteConnection(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        FieldList.forEachElement(bytes, value) { element in
            switch element.count {
            case 5: connectionCloses = connectionCloses || ASCIICase.equals(bytes, element, "close")
            case 7: connectionUpgrades = connectionUpgrades || ASCIICase.equals(bytes, element, "upgrade")
            case 10: connectionKeeps = connectionKeeps || ASCIICase.equals(bytes, element, "keep-alive")
            default: break
            }
        }
    }

    /// Checks all fields together.
    func settle(_ table: RequestHead.Table) throws(RequestFault) -> HTTP1Message {
        var message = HTTP1Message()
        message.isHTTP10 = table.version == .http10
        // HTTP/1.1 requires Host even beside an absolute target (RFC 9112 section 3.2.2).
        if hostCount == 0, !message.isHTTP10 { throw .missingHost }
        if codings.lines > 0 {
            if message.isHTTP10 { throw .codingOnHTTP10 }
            if lengthCount > 0 { throw .lengthWithCoding }
            if let fault = codings.fault { throw fault }
            message.framing = .chunked
        } else if lengthCount > 0 {
            message.framing = .length(length)
        }
        message.keepsAlive = !connectionCloses && (!message.isHTTP10 || connectionKeeps)
        if !message.isHTTP10 {
            if expectsOther { throw .expectationNotSupported }
            message.expectsContinue = expectsContinue
            message.wantsUpgrade = hasUpgrade && connectionUpgrades
        }
        return message
    }
}
