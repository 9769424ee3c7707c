import MartletBytes
package import MartletGateway
package import MartletHTTP1

/// Encodes the heads of requests to an upstream (RFC 9113 section 8.3.1).
///
/// The rules are those of ``RequestEncoder``: what goes out is checked again, and fields about the connection are not passed on.
/// Besides, the pseudo-header fields come first, names have small letters, and of TE only `trailers` is left.
package enum HTTP2RequestEncoder {
    /// What the pseudo-header fields and the fields of this hop say.
    package struct Line: Sendable {
        /// Path and query, or an asterisk.
        package var target: [UInt8]
        /// The value of `:authority`.
        package var host: [UInt8]
        package var isSecure: Bool
        /// As checked lines, behind the fields of the client.
        package var added = Headers()
        /// Whether trailers are welcome.
        package var takesTrailers = false

        package init(target: [UInt8], host: [UInt8], isSecure: Bool) {
            self.target = target
            self.host = host
            self.isSecure = isSecure
        }
    }

    /// - Parameters:
    ///   - head: where the method and the fields are taken from.
    ///   - announcesNone: whether a body of no bytes is announced.
    ///   - isUnwanted: fields that are left out beside those about the connection.
    /// - Returns: the header block, which uses no table but the static one.
    package static func block(
        _ line: Line,
        of head: RequestHead,
        framing: MessageFraming,
        announcesNone: Bool,
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool
    ) throws(RequestNotSendable) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(512)
        try appendLine(line, head.slice(head.method), to: &block)
        let nominated = RequestEncoder.nominated(by: head)
        for field in head.fields {
            let name = head.slice(field.name)
            if RequestEncoder.isLeftOut(name) || nominated.contains(where: { ASCIICase.equals(name, $0) })
                || isUnwanted(name)
            {
                continue
            }
            let value = head.slice(field.value)
            guard !name.isEmpty, name.allSatisfy(FieldSyntax.isToken),
                ByteScan.firstControl(value, from: 0, to: value.count) == nil
            else { throw RequestNotSendable(part: .field) }
            FieldEncoder.append(name, value, to: &block)
        }
        guard line.added.fault == nil else { throw RequestNotSendable(part: .field) }
        FieldEncoder.append(line.added, to: &block)
        switch framing {
        case .none: if announcesNone { FieldEncoder.append("content-length".utf8, "0".utf8, to: &block) }
        case .length(let length): FieldEncoder.append("content-length".utf8, String(length).utf8, to: &block)
        case .chunked: break
        }
        if line.takesTrailers { FieldEncoder.append("te".utf8, "trailers".utf8, to: &block) }
        return block
    }

    private static func appendLine(
        _ line: Line,
        _ method: UnsafeRawBufferPointer,
        to block: inout [UInt8]
    ) throws(RequestNotSendable) {
        guard !method.isEmpty, method.allSatisfy(FieldSyntax.isToken) else { throw RequestNotSendable(part: .method) }
        let isAsterisk = line.target == [UInt8(ascii: "*")]
        guard isAsterisk || line.target.first == UInt8(ascii: "/"),
            line.target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else { throw RequestNotSendable(part: .target) }
        guard line.host.withUnsafeBytes(HostSyntax.isValid) else { throw RequestNotSendable(part: .host) }
        if method.elementsEqual("GET".utf8) {
            block.append(0x82)
        } else if method.elementsEqual("POST".utf8) {
            block.append(0x83)
        } else {
            FieldEncoder.append(":method".utf8, method, to: &block)
        }
        block.append(line.isSecure ? 0x87 : 0x86)
        FieldEncoder.append(":authority".utf8, line.host, to: &block)
        FieldEncoder.append(":path".utf8, line.target, to: &block)
    }
}
