import MartletBytes
package import MartletGateway
import MartletHTTP1

/// What upstreams and scripts are told of a request (RFC 3875 section 4.1).
extension CGIVariables {
    /// What of a request is not in the request.
    package struct Message: Sendable, Equatable {
        /// How long the body is; nil where only its end tells.
        package var length: Int?
        /// Whether the fields of an upgrade are passed on.
        package var upgrades = false
        /// Where the request is for the peer; nil where that is the same place as here.
        package var place: Place?
        /// The host, in place of that of the request.
        package var host: [UInt8]?
        /// Fields of this server, behind those of the client.
        package var added = Headers()

        package init(length: Int?, upgrades: Bool = false) {
            self.length = length
            self.upgrades = upgrades
        }
    }

    /// What the path of a request is for a peer, decoded.
    package struct Place: Sendable, Equatable {
        package var scriptName: [UInt8]
        package var pathInfo: [UInt8]
        /// Path and query as they are sent; nil for the target of the request.
        package var target: [UInt8]?

        package init(scriptName: [UInt8], pathInfo: [UInt8], target: [UInt8]? = nil) {
            self.scriptName = scriptName
            self.pathInfo = pathInfo
            self.target = target
        }
    }

    /// The variables of a request, as environ has them, without the fields about the connection.
    ///
    /// CONTENT_LENGTH comes first, as SCGI wants it, and is left out where there is no body, other than in SCGI.
    ///
    /// - Parameter isUnwanted: fields of the client that are left out beside those about the connection.
    /// - Throws: ``Overflow`` where they are more than the limits allow: the request cannot be passed on.
    package init(
        of request: Request,
        _ message: Message,
        over carrier: CGIProtocol? = nil,
        limits: Limits = Limits(),
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool = { _ in false }
    ) throws(Overflow) {
        self.init(limits: limits)
        let isSCGI = carrier == .scgi
        if let length = message.length, length > 0 || isSCGI || request.head.hasContentLength {
            try append(.contentLength, String(length).utf8)
        }
        if isSCGI { try append(.scgi, "1".utf8) }
        try append(.gatewayInterface, "CGI/1.1".utf8)
        try append(.serverSoftware, "martlet".utf8)
        try appendLine(of: request, at: message.place)
        try appendConnection(of: request)
        if let user = request.storage[RemoteUser.self] { try append(.remoteUser, user.utf8) }
        try appendFields(of: request, message, without: isUnwanted)
        for line in message.added.lines { try append(Self.variable(for: line.name), Array(line.value)) }
    }

    private static func variable(for name: ArraySlice<UInt8>) -> [UInt8] {
        name.withUnsafeBytes { CGIFieldRole.variable(for: $0) }
    }

    package mutating func append(_ name: CGIName, _ value: some Collection<UInt8>) throws(Overflow) {
        try append(name.text, value)
    }

    private mutating func appendLine(of request: Request, at place: Place?) throws(Overflow) {
        let head = request.head
        try append(.serverProtocol, head.version.description.utf8)
        try append(.requestMethod, head.slice(head.method))
        try append(.requestURI, place?.target ?? Array(head.slice(head.target)))
        try append(.scriptName, place?.scriptName ?? PercentEncoding.decoded(request.mountBytes))
        try append(.pathInfo, place?.pathInfo ?? PercentEncoding.decoded(request.pathBytes))
        try append(.queryString, head.query.map { head.slice($0) } ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private mutating func appendConnection(of request: Request) throws(Overflow) {
        let texts = request.connection.texts
        try append(.serverName, texts.serverName)
        try append(.serverPort, texts.serverPort)
        try append(.remoteAddress, texts.remoteAddress)
        try append(.remotePort, texts.remotePort)
        try append(.requestScheme, request.scheme.utf8)
        guard texts.isSecure else { return }
        try append(.https, "on".utf8)
        guard let certificate = request.connection.tls?.clientCertificate else { return }
        try append(.clientVerify, "SUCCESS".utf8)
        try append(.clientSubject, certificate.subject.utf8)
        try append(.clientCertificate, certificate.text)
    }

    /// Several lines of one name are one variable (RFC 9110 section 5.3; cookies RFC 9113 section 8.2.3). A name with an underscore
    /// is none, as it would be one with a name that has a hyphen.
    private mutating func appendFields(
        of request: Request,
        _ message: Message,
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool
    ) throws(Overflow) {
        let head = request.head
        let fields = head.fields
        if let host = message.host, !host.isEmpty { try append("HTTP_HOST", host) }
        for (index, field) in fields.enumerated() {
            let name = head.slice(field.name)
            guard !name.contains(UInt8(ascii: "_")), !isUnwanted(name) else { continue }
            let role = CGIFieldRole(field: name)
            switch role {
            case .dropped, .hopByHop: continue
            case .connection, .upgrade: guard message.upgrades else { continue }
            // RFC 9112 section 3.2.2: the absolute form takes the place of Host.
            case .host:
                guard message.host == nil else { continue }
                try append("HTTP_HOST", head.authority.map { head.slice($0) } ?? head.slice(field.value))
                continue
            case .ordinary, .cookie, .contentType: break
            }
            func isSame(_ other: RequestHead.Field) -> Bool {
                other.name.count == name.count
                    && ASCIICase.equals(head.slice(other.name), name.map(ASCIICase.lowercased))
            }
            if fields[..<index].contains(where: isSame) { continue }
            let separator = Array((role == .cookie ? "; " : ",").utf8)
            let lines = fields[index...].filter(isSame).map { Array(head.slice($0.value)) }
            let variable = CGIFieldRole.variable(for: name)
            try append(variable, Array(lines.joined(separator: separator)))
        }
    }

    private mutating func append(_ name: [UInt8], _ value: [UInt8]) throws(Overflow) {
        let result = name.withUnsafeBytes { name in
            value.withUnsafeBytes { value -> Result<Void, Overflow> in
                do throws(Overflow) { return .success(try append(name: name, value: value)) } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
    }
}

extension RequestHead {
    fileprivate var hasContentLength: Bool {
        fields.contains { $0.name.count == 14 && ASCIICase.equals(slice($0.name), "content-length") }
    }
}
