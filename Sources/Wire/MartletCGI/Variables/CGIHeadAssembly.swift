import MartletBytes
import MartletGateway
import MartletHTTP1

/// One head that is being made of variables.
struct CGIHeadAssembly {
    private static let prefix = Array("HTTP_".utf8)
    /// What a field counts besides its bytes: the colon, the space and the line end of HTTP/1.
    private static let lineOverhead = 4

    let bytes: UnsafeRawBufferPointer
    let limits: HeadLimits
    let carrier: CGIProtocol
    let head: RequestHead
    /// By ``CGIName``.
    private var values = [Range<Int>?](repeating: nil, count: CGIName.allCases.count)
    var table = RequestHead.Table()
    var request = CGIRequest()
    private var fieldBytes = 0
    private var hasHost = false
    /// Of Connection and Upgrade, which are kept for an upgrade alone.
    private var upgradeFields: [RequestHead.Field] = []
    private var asksForUpgrade = false

    init(_ bytes: UnsafeRawBufferPointer, limits: HeadLimits, carrier: CGIProtocol, _ head: RequestHead) {
        self.bytes = bytes
        self.limits = limits
        self.carrier = carrier
        self.head = head
        head.store(UnsafeRawBufferPointer(start: nil, count: 0))
        swap(&head.table, &table)
        table.reset()
    }

    /// The value of a variable; empty where it is not there.
    func value(_ name: CGIName) -> UnsafeRawBufferPointer {
        values[Int(name.rawValue)].map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
            ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    func has(_ name: CGIName) -> Bool { values[Int(name.rawValue)] != nil }

    /// Copies bytes into the head.
    func append(_ text: UnsafeRawBufferPointer) throws(CGIFault) -> RequestHead.Span {
        guard let span = head.append(text) else { throw .http(.headTooLarge(limit: limits.headBytes)) }
        return span
    }

    func append(_ text: [UInt8]) throws(CGIFault) -> RequestHead.Span {
        guard let span = head.append(text) else { throw .http(.headTooLarge(limit: limits.headBytes)) }
        return span
    }
}

// MARK: - One variable after the other

extension CGIHeadAssembly {
    mutating func take(_ name: Range<Int>, _ value: Range<Int>) throws(CGIFault) {
        guard !name.isEmpty else { throw .emptyName }
        let text = UnsafeRawBufferPointer(rebasing: bytes[name])
        if text.count >= Self.prefix.count, text.starts(with: Self.prefix) {
            return try takeField(name.dropFirst(Self.prefix.count), value)
        }
        guard let known = CGIName(text) else { return }
        if known == .contentLength, let former = values[Int(known.rawValue)],
            !bytes[former].elementsEqual(bytes[value])
        {
            throw .http(.duplicateContentLength)
        }
        values[Int(known.rawValue)] = value
    }

    private mutating func takeField(_ name: Range<Int>, _ value: Range<Int>) throws(CGIFault) {
        guard !name.isEmpty else { throw .http(.emptyName) }
        let role = CGIFieldRole(variable: UnsafeRawBufferPointer(rebasing: bytes[name]))
        if role == .dropped { return }
        let value = FieldSyntax.trimmed(bytes[value]).indices
        guard bytes[value].allSatisfy(FieldSyntax.isValue) else {
            throw .http(bytes[value].contains(0) ? .nul : .controlCharacter)
        }
        if role == .connection || role == .upgrade {
            if role == .connection, FieldList.contains("upgrade", in: bytes[value]) { asksForUpgrade = true }
            upgradeFields.append(try makeField(name, value))
            return
        }
        guard table.fields.count < limits.fields else { throw .http(.tooManyFields(limit: limits.fields)) }
        fieldBytes &+= name.count &+ value.count &+ Self.lineOverhead
        guard fieldBytes <= limits.headBytes else { throw .http(.headTooLarge(limit: limits.headBytes)) }
        if role == .host { return try takeHost(name, value) }
        let field = try makeField(name, value)
        if ForwardingField(name: head.slice(field.name)) != nil { table.hasForwarding = true }
        table.fields.append(field)
    }

    /// nginx sends an empty one for a client of HTTP/1.0 without Host.
    private mutating func takeHost(_ name: Range<Int>, _ value: Range<Int>) throws(CGIFault) {
        guard !value.isEmpty else { return }
        guard !hasHost else { throw .http(.duplicateHost) }
        hasHost = true
        guard HostSyntax.isValid(UnsafeRawBufferPointer(rebasing: bytes[value])) else { throw .http(.invalidHost) }
        let field = try makeField(name, value)
        table.authority = field.value
        table.fields.append(field)
    }

    private func makeField(_ name: Range<Int>, _ value: Range<Int>) throws(CGIFault) -> RequestHead.Field {
        let written = try append(UnsafeRawBufferPointer(rebasing: bytes[name]))
        for index in written.range {
            let byte = head.bytes[index]
            head.bytes[index] = byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : ASCIICase.lowercased(byte)
            guard FieldSyntax.isToken(byte) else { throw .http(.invalidName) }
        }
        return RequestHead.Field(name: written, value: try append(UnsafeRawBufferPointer(rebasing: bytes[value])))
    }
}

// MARK: - All of them together

extension CGIHeadAssembly {
    mutating func settle() throws(CGIFault) -> CGIRequest {
        try settleMethod()
        table.version = Self.version(value(.serverProtocol))
        try settleTarget()
        try settleContent()
        settleUpgrade()
        request.origin = CGIOrigin(self)
        swap(&head.table, &table)
        return request
    }

    private mutating func settleMethod() throws(CGIFault) {
        let method = value(.requestMethod)
        guard !method.isEmpty else { throw .missing(.requestMethod) }
        guard method.allSatisfy(FieldSyntax.isToken) else { throw .http(.invalidMethod) }
        guard method.count <= HeadLimits.methodBytes else { throw .http(.methodTooLong) }
        if method.elementsEqual("CONNECT".utf8) { throw .http(.connectNotSupported) }
        request.isHead = method.elementsEqual("HEAD".utf8)
        table.method = try append(method)
    }

    /// The client's, as nginx and Apache write it. Apache says `INCLUDED` for what a page includes.
    private static func version(_ text: UnsafeRawBufferPointer) -> HTTPVersion {
        switch String(decoding: text.prefix(9), as: UTF8.self) {
        case "HTTP/1.0": .http10
        case "HTTP/2", "HTTP/2.0": .http2
        case "HTTP/3", "HTTP/3.0": HTTPVersion(major: 3, minor: 0)
        default: .http11
        }
    }

    private mutating func settleContent() throws(CGIFault) {
        if !value(.contentType).isEmpty {
            let text = value(.contentType)
            guard text.allSatisfy(FieldSyntax.isValue) else { throw .http(.controlCharacter) }
            try add("content-type", text)
        }
        let length = value(.contentLength)
        guard !length.isEmpty else { return }
        if length.elementsEqual("-1".utf8) {
            guard carrier == .fastcgi || carrier == .cgi else { throw .http(.invalidContentLength) }
            request.length = .open
            return
        }
        guard let number = DecimalText.value(of: length) else { throw .http(.invalidContentLength) }
        // Where a length must be said, and from Apache and HAProxy, it is 0 for a request without a body.
        guard number > 0 || Self.hasBody(value(.requestMethod)) else { return }
        request.length = .known(number)
        try add("content-length", length)
    }

    /// Whether a body of no bytes is one (RFC 9110 section 8.6).
    private static func hasBody(_ method: UnsafeRawBufferPointer) -> Bool {
        ["POST", "PUT", "PATCH"].contains { method.elementsEqual($0.utf8) }
    }

    private mutating func add(_ name: StaticString, _ value: UnsafeRawBufferPointer) throws(CGIFault) {
        let name = try append(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        table.fields.append(RequestHead.Field(name: name, value: try append(value)))
    }

    private mutating func settleUpgrade() {
        guard asksForUpgrade, upgradeFields.count == 2, table.version == .http11, request.length == .none else {
            return
        }
        request.wantsUpgrade = true
        table.fields += upgradeFields
    }
}
