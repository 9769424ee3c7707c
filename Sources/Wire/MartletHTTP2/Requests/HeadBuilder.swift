import MartletBytes
import MartletGateway
import MartletHTTP1

/// Collects the fields of one header block in the memory of a ``RequestHead``, and checks them (RFC 9113 sections 8.2 and
/// 8.3).
///
/// A field is written behind the bytes of the head: its name, then its value. The head's table says where they are, and
/// ``settle(_:limits:)`` hands it over.
struct HeadBuilder: ~Copyable, Sendable {
    enum Outcome: Sendable, Equatable {
        case message(HTTP2Message)
        /// The stream has to be reset: no server may answer it (RFC 9113 section 8.1.1).
        case malformed
        /// To be answered with an error.
        case fault(RequestFault)
    }

    private struct Seen: OptionSet {
        let rawValue: UInt16

        static let method = Seen(rawValue: 1)
        static let path = Seen(rawValue: 2)
        static let scheme = Seen(rawValue: 4)
        static let authority = Seen(rawValue: 8)
        static let `protocol` = Seen(rawValue: 16)
        static let field = Seen(rawValue: 32)
        static let host = Seen(rawValue: 64)
        static let contentType = Seen(rawValue: 128)
        static let otherExpectation = Seen(rawValue: 256)
        static let request: Seen = [.method, .path, .scheme]
        static let pseudo: Seen = [.method, .path, .scheme, .authority, .protocol]
    }

    /// What a field counts besides its bytes (RFC 9113 section 6.5.2).
    private static let overhead = 32

    private let limits: HeadLimits
    private var table = RequestHead.Table()
    /// Bytes of the head so far.
    private var count = 0
    private var listSize = 0
    private var seen = Seen()
    private var isMalformed = false
    private var isTooLarge = false
    private var hasTooManyFields = false
    private var message = HTTP2Message()
    private var protocolName = RequestHead.Span(start: 0, end: 0)
    /// Where the value of the first Cookie field is, among the fields.
    private var cookie = -1

    init(limits: HeadLimits) { self.limits = limits }

    mutating func reset() {
        table.reset()
        count = 0
        listSize = 0
        seen = []
        isMalformed = false
        isTooLarge = false
        hasTooManyFields = false
        message = HTTP2Message()
        cookie = -1
    }
}

// MARK: - Taking fields

extension HeadBuilder: FieldCollector {
    /// Memory for `bytes` more behind those of the head.
    @inline(__always)
    func room(_ bytes: Int, in head: RequestHead) -> UnsafeMutableRawBufferPointer {
        head.reserve(count &+ bytes)
        return UnsafeMutableRawBufferPointer(rebasing: head.bytes[count...])
    }

    /// Writes bytes behind those of the head, without taking them in.
    @inline(__always)
    func copy(_ bytes: UnsafeRawBufferPointer, to head: RequestHead) {
        room(bytes.count, in: head).copyMemory(from: bytes)
    }

    /// Whether a field fits; if it does not, the request will be refused, and no further one is taken in.
    @inline(__always)
    mutating func hasRoom(_ nameCount: Int, _ valueCount: Int) -> Bool {
        listSize &+= nameCount &+ valueCount &+ Self.overhead
        if listSize > limits.headBytes { isTooLarge = true }
        return !isTooLarge
    }

    /// Takes in the field that stands behind the bytes of the head.
    @inline(__always)
    mutating func take(_ nameCount: Int, _ valueCount: Int, _ kind: FieldKind, isValid: Bool, _ head: RequestHead) {
        let name = RequestHead.Span(start: count, end: count &+ nameCount)
        let value = RequestHead.Span(start: count &+ nameCount, end: count &+ nameCount &+ valueCount)
        count &+= nameCount &+ valueCount
        if !isValid { isMalformed = true }
        if kind == .regular { return add(name, value) }
        note(kind, name, value, head)
    }

    @inline(__always)
    private mutating func add(_ name: RequestHead.Span, _ value: RequestHead.Span) {
        seen.insert(.field)
        guard table.fields.count < limits.fields else {
            hasTooManyFields = true
            return
        }
        table.fields.append(RequestHead.Field(name: name, value: value))
    }

    private mutating func note(
        _ kind: FieldKind,
        _ name: RequestHead.Span,
        _ value: RequestHead.Span,
        _ head: RequestHead
    ) {
        switch kind {
        case .regular: break
        case .malformed, .status: isMalformed = true
        case .method: if note(.method) { table.method = value }
        case .path: if note(.path) { table.target = value }
        case .scheme: _ = note(.scheme)
        case .protocol: if note(.protocol) { protocolName = value }
        case .authority: noteAuthority(name, value, head)
        case .host: noteHost(name, value, head)
        case .cookie: noteCookie(name, value, head)
        case .te:
            if !isText(value, "trailers", head) { isMalformed = true }
            add(name, value)
        case .contentLength:
            let bytes = UnsafeRawBufferPointer(rebasing: head.bytes[value.range])
            if message.length != nil { isMalformed = true }
            message.length = DecimalText.value(of: bytes)
            if message.length == nil { isMalformed = true }
            add(name, value)
        case .contentType:
            if !seen.insert(.contentType).inserted { isMalformed = true }
            add(name, value)
        case .expect:
            if isText(value, "100-continue", head) {
                message.expectsContinue = true
            } else {
                seen.insert(.otherExpectation)
            }
            add(name, value)
        case .priority:
            message.priority = StreamPriority(UnsafeRawBufferPointer(rebasing: head.bytes[value.range]))
            add(name, value)
        case .forwarding:
            table.hasForwarding = true
            add(name, value)
        }
    }

    /// A pseudo-header field: once, and before all others.
    private mutating func note(_ field: Seen) -> Bool {
        if !seen.isDisjoint(with: [field, .field]) { isMalformed = true }
        seen.insert(field)
        return !isMalformed
    }

    /// Applications look for the authority in the Host field: the end of the name's bytes becomes that field's.
    private mutating func noteAuthority(_ name: RequestHead.Span, _ value: RequestHead.Span, _ head: RequestHead) {
        guard note(.authority) else { return }
        table.authority = value
        let host = RequestHead.Span(start: Int(name.end) &- 4, end: Int(name.end))
        UnsafeMutableRawBufferPointer(rebasing: head.bytes[host.range]).copyBytes(from: "host".utf8)
        table.fields.append(RequestHead.Field(name: host, value: value))
    }

    private mutating func noteHost(_ name: RequestHead.Span, _ value: RequestHead.Span, _ head: RequestHead) {
        if !seen.insert(.host).inserted { isMalformed = true }
        guard let authority = table.authority else {
            table.authority = value
            return add(name, value)
        }
        // RFC 9113 section 8.3.1: it may not name another host than `:authority`.
        if !head.bytes[authority.range].elementsEqual(head.bytes[value.range]) { isMalformed = true }
        seen.insert(.field)
    }

    /// Clients may send Cookie in pieces; applications get one field (RFC 9113 section 8.2.3).
    private mutating func noteCookie(_ name: RequestHead.Span, _ value: RequestHead.Span, _ head: RequestHead) {
        guard table.fields.indices.contains(cookie) else {
            cookie = table.fields.count
            return add(name, value)
        }
        let first = table.fields[cookie].value
        let bytes = head.bytes
        if first.end == name.start {
            // The name is as long as this needs, and more.
            let start = Int(first.end)
            bytes[start] = UInt8(ascii: ";")
            bytes[start &+ 1] = UInt8(ascii: " ")
            UnsafeMutableRawBufferPointer(rebasing: bytes[(start &+ 2)..<(start &+ 2 &+ value.count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[value.range]))
            count = start &+ 2 &+ value.count
            table.fields[cookie].value = RequestHead.Span(start: Int(first.start), end: count)
            return
        }
        let joined = Array(bytes[first.range]) + Array("; ".utf8) + Array(bytes[value.range])
        // The copies count too, so that many pieces with other fields between them cannot grow the head.
        listSize &+= first.count
        guard count &+ joined.count <= limits.headBytes else {
            isTooLarge = true
            return
        }
        joined.withUnsafeBytes { copy($0, to: head) }
        table.fields[cookie].value = RequestHead.Span(start: count, end: count &+ joined.count)
        count &+= joined.count
    }

    private func isText(_ span: RequestHead.Span, _ text: StaticString, _ head: RequestHead) -> Bool {
        ASCIICase.equals(UnsafeRawBufferPointer(head.bytes), span.range, text)
    }
}

// MARK: - The whole head

extension HeadBuilder {
    /// Whether the fields may stand behind a body (RFC 9113 section 8.1).
    var isTrailer: Bool { !isMalformed && !isTooLarge && !hasTooManyFields && seen.isDisjoint(with: .pseudo) }

    /// The fields of a block behind a body, without those that say something about the head or the connection (RFC 9110
    /// section 6.5.1); nil where none is left.
    func trailer(_ head: RequestHead) -> Headers? {
        var block: [UInt8] = []
        for field in table.fields {
            let name = head.bytes[field.name.range]
            guard
                FieldKind(name: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(head.bytes)[field.name.range]))
                    == .regular,
                FieldRole(name: name).isEmpty
            else { continue }
            block.append(contentsOf: name)
            block += [UInt8(ascii: ":"), 0x20]
            block.append(contentsOf: head.bytes[field.value.range])
            block += [13, 10]
        }
        return block.isEmpty ? nil : Headers(validBlock: block)
    }

    /// The end of the block: checks what depends on several fields, and gives the table to the head.
    mutating func settle(_ head: RequestHead) -> Outcome {
        let outcome = check(head)
        head.setCount(count)
        if case .message(let message) = outcome, message.isWebSocket, !becomeUpgrade(head) {
            return .fault(.headTooLarge(limit: limits.headBytes))
        }
        table.version = .http2
        swap(&head.table, &table)
        return outcome
    }

    private mutating func check(_ head: RequestHead) -> Outcome {
        if isTooLarge { return .fault(.headTooLarge(limit: limits.headBytes)) }
        if isMalformed { return .malformed }
        let bytes = UnsafeRawBufferPointer(head.bytes)
        let method = UnsafeRawBufferPointer(rebasing: bytes[table.method.range])
        guard seen.contains(.method), method.count > 0, method.allSatisfy(FieldSyntax.isToken) else {
            return .malformed
        }
        let isConnect = isText(table.method, "connect", head) && method.first == UInt8(ascii: "C")
        if seen.contains(.protocol) {
            guard isConnect else { return .malformed }
        } else if isConnect {
            return seen.isDisjoint(with: [.path, .scheme]) ? .fault(.connectNotSupported) : .malformed
        }
        guard seen.isSuperset(of: .request), table.target.count > 0 else { return .malformed }
        if method.count > HeadLimits.methodBytes { return .fault(.methodTooLong) }
        if hasTooManyFields { return .fault(.tooManyFields(limit: limits.fields)) }
        guard table.target.count <= limits.targetBytes else { return .fault(.targetTooLong(limit: limits.targetBytes)) }
        if let fault = splitTarget(bytes, isOptions: method.count == 7 && method.elementsEqual("OPTIONS".utf8)) {
            return .fault(fault)
        }
        guard let authority = table.authority else { return .fault(.missingHost) }
        let host = UnsafeRawBufferPointer(rebasing: bytes[authority.range])
        if host.contains(UInt8(ascii: "@")) { return .fault(.userInfoInTarget) }
        guard HostSyntax.isValid(host) else { return .fault(.invalidHost) }
        if seen.contains(.otherExpectation) { return .fault(.expectationNotSupported) }
        message.isHead = method.count == 4 && method.elementsEqual("HEAD".utf8)
        if isConnect {
            guard isText(protocolName, "websocket", head) else { return .fault(.connectNotSupported) }
            guard message.length == nil else { return .malformed }
            message.isWebSocket = true
        }
        return .message(message)
    }

    /// Path and query of an origin-form target; the asterisk is for OPTIONS alone.
    private mutating func splitTarget(_ bytes: UnsafeRawBufferPointer, isOptions: Bool) -> RequestFault? {
        let target = table.target.range
        var query = target.upperBound
        for index in target {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return .invalidTarget }
            if byte == UInt8(ascii: "?"), query == target.upperBound { query = index }
        }
        if bytes[target.lowerBound] != UInt8(ascii: "/") {
            guard target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*") else { return .invalidTarget }
            query = target.lowerBound
            if !isOptions { return .asteriskNeedsOptions }
        } else if query < target.upperBound {
            table.query = RequestHead.Span(start: query &+ 1, end: target.upperBound)
        }
        table.path = RequestHead.Span(start: target.lowerBound, end: query)
        return nil
    }

    /// Fields of HTTP/1's handshake (RFC 6455 section 4.1) that applications look for. The key is without a meaning here, as
    /// the client gets no reply to it.
    private static let upgradeFields = [
        ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "bWFydGxldCBIVFRQLzIgLg=="),
    ]

    /// Makes a GET with the fields of an upgrade of an extended CONNECT.
    private mutating func becomeUpgrade(_ head: RequestHead) -> Bool {
        guard let method = head.append(Array("GET".utf8)) else { return false }
        table.method = method
        table.fields.removeAll {
            ASCIICase.equals(UnsafeRawBufferPointer(head.bytes), $0.name.range, "sec-websocket-key")
        }
        for (name, value) in Self.upgradeFields {
            guard let name = head.append(Array(name.utf8)), let value = head.append(Array(value.utf8)) else {
                return false
            }
            table.fields.append(RequestHead.Field(name: name, value: value))
        }
        return true
    }
}
