import MartletBytes
package import MartletGateway
package import NIOCore

/// Writes the heads of requests to an upstream (RFC 9112 sections 3 and 5).
///
/// The rules:
///
/// 1. What goes out is checked again, whatever has checked it before: a method, a target, a name or a value that could
///    begin another line is never written.
/// 2. Fields about the connection are not passed on: those of ``FieldRole``, and those that Connection lists (RFC 9110
///    section 7.6.1). Host, framing and Expect are written anew, or not at all.
package struct RequestEncoder: Sendable {
    /// What the request line and the fields of the connection say.
    package struct Line: Sendable {
        /// In origin form (RFC 9112 section 3.2.1), or an asterisk; nil for that of the head.
        package var target: [UInt8]?
        /// The value of Host; nil for that of the head.
        package var host: [UInt8]?
        /// Lines behind the fields of the client, which are known to be well formed: each a token, a colon, a value without control
        /// bytes, CR LF.
        package var added: [UInt8]
        /// More of them.
        package var via: [UInt8]
        /// The value of Upgrade, where the client wants to leave HTTP.
        package var upgrade: [UInt8]?
        /// Whether trailers are welcome (RFC 9110 section 10.1.4).
        package var takesTrailers = false

        package init(
            target: [UInt8]?,
            host: [UInt8]?,
            added: [UInt8] = [],
            via: [UInt8] = [],
            upgrade: [UInt8]? = nil
        ) {
            self.target = target
            self.host = host
            self.added = added
            self.via = via
            self.upgrade = upgrade
        }
    }

    /// Writes a head, with the empty line that ends it.
    ///
    /// - Parameters:
    ///   - head: where the method and the fields are taken from.
    ///   - isUnwanted: fields that are left out beside those about the connection.
    ///   - announcesNone: whether a body of no bytes is announced: methods that usually have one are to say so (RFC
    ///     9110 section 8.6).
    /// - Throws: ``RequestNotSendable``; then nothing was written.
    package static func write(
        _ line: Line,
        of head: RequestHead,
        framing: MessageFraming,
        announcesNone: Bool,
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool,
        into output: inout ByteBuffer
    ) throws(RequestNotSendable) {
        let start = output.writerIndex
        do throws(RequestNotSendable) {
            let nominated = nominated(by: head)
            output.reserveCapacity(minimumWritableBytes: head.count &+ line.added.count &+ line.via.count &+ 256)
            try writeLine(line, of: head, into: &output)
            for field in head.fields {
                let name = head.slice(field.name)
                if isLeftOut(name) || nominated.contains(where: { ASCIICase.equals(name, $0) }) || isUnwanted(name) {
                    continue
                }
                try write(name, head.slice(field.value), into: &output)
            }
            output.writeBytes(line.added)
            output.writeBytes(line.via)
            writeFraming(framing, announcesNone: announcesNone, into: &output)
            try writeConnection(line, into: &output)
            output.writeInteger(0x0D0A, as: UInt16.self)
        } catch {
            output.moveWriterIndex(to: start)
            throw error
        }
    }

    private static func writeLine(
        _ line: Line,
        of head: RequestHead,
        into output: inout ByteBuffer
    ) throws(RequestNotSendable) {
        let method = head.slice(head.method)
        guard !method.isEmpty, method.allSatisfy(FieldSyntax.isToken) else { throw RequestNotSendable(part: .method) }
        output.writeBytes(method)
        output.writeInteger(0x20, as: UInt8.self)
        try write(line.target, or: head.slice(head.target), into: &output) { target in
            guard target.first == UInt8(ascii: "/") || target.elementsEqual([UInt8(ascii: "*")]),
                target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { return .target }
            return nil
        }
        output.writeStaticString(" HTTP/1.1\r\nHost: ")
        let own = head.authority.map { head.slice($0) } ?? UnsafeRawBufferPointer(start: nil, count: 0)
        try write(line.host, or: own, into: &output) { HostSyntax.isValid($0) ? nil : .host }
        output.writeInteger(0x0D0A, as: UInt16.self)
    }

    /// Writes a text, or that of the head where there is none.
    ///
    /// - Parameter problem: what is wrong with it.
    private static func write(
        _ text: [UInt8]?,
        or own: UnsafeRawBufferPointer,
        into output: inout ByteBuffer,
        _ problem: (UnsafeRawBufferPointer) -> RequestNotSendable.Part?
    ) throws(RequestNotSendable) {
        let part: RequestNotSendable.Part?
        if let text {
            part = text.withUnsafeBytes(problem)
            if part == nil { output.writeBytes(text) }
        } else {
            part = problem(own)
            if part == nil { output.writeBytes(own) }
        }
        if let part { throw RequestNotSendable(part: part) }
    }

    private static func write(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        into output: inout ByteBuffer
    ) throws(RequestNotSendable) {
        guard !name.isEmpty, name.allSatisfy(FieldSyntax.isToken),
            ByteScan.firstControl(value, from: 0, to: value.count) == nil
        else { throw RequestNotSendable(part: .field) }
        output.writeBytes(name)
        output.writeStaticString(": ")
        output.writeBytes(value)
        output.writeInteger(0x0D0A, as: UInt16.self)
    }

    private static func writeFraming(_ framing: MessageFraming, announcesNone: Bool, into output: inout ByteBuffer) {
        switch framing {
        case .none: if announcesNone { output.writeStaticString("Content-Length: 0\r\n") }
        case .length(let length): output.writeString("Content-Length: \(length)\r\n")
        case .chunked: output.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
    }

    private static func writeConnection(_ line: Line, into output: inout ByteBuffer) throws(RequestNotSendable) {
        if let upgrade = line.upgrade {
            guard upgrade.allSatisfy(FieldSyntax.isValue) else { throw RequestNotSendable(part: .field) }
            output.writeStaticString("Connection: Upgrade\r\nUpgrade: ")
            output.writeBytes(upgrade)
            output.writeInteger(0x0D0A, as: UInt16.self)
        } else if line.takesTrailers {
            output.writeStaticString("Connection: TE\r\nTE: trailers\r\n")
        }
    }

    /// Fields that are about the connection, or written anew.
    package static func isLeftOut(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4 where ASCIICase.equals(name, "host"): true
        case 6 where ASCIICase.equals(name, "expect"): true
        default: !FieldRole(name: name).isDisjoint(with: .aboutConnection.union(.contentLength))
        }
    }

    /// The names, in lower case, that Connection lists.
    package static func nominated(by head: RequestHead) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for field in head.fields {
            guard field.name.count == 10, ASCIICase.equals(head.slice(field.name), "connection") else { continue }
            let value = head.slice(field.value)
            FieldList.forEachElement(value, 0..<value.count) { element in
                let name = value[element].map(ASCIICase.lowercased)
                if !known.contains(name) { names.append(name) }
            }
        }
        return names
    }

    /// What Connection usually says, which names no other field, or one that is left out in any case.
    private static let known = ["close", "keep-alive", "upgrade", "te"].map { Array($0.utf8) }
}

/// A request that must not be written down: some part of it could be taken for something else.
package struct RequestNotSendable: Error, Equatable, CustomStringConvertible {
    package enum Part: String, Sendable {
        case method, target, host, field
    }

    package let part: Part

    package init(part: Part) { self.part = part }

    package var description: String { "The \(part.rawValue) of the request has a byte in it that cannot be passed on." }
}
