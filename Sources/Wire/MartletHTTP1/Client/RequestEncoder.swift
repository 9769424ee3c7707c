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
        /// The value of Upgrade, where the client wants to leave HTTP.
        package var upgrade: [UInt8]?
        /// Whether trailers are welcome (RFC 9110 section 10.1.4).
        package var takesTrailers = false

        package init(
            target: [UInt8]?,
            host: [UInt8]?,
            added: [UInt8] = [],
            upgrade: [UInt8]? = nil
        ) {
            self.target = target
            self.host = host
            self.added = added
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
        // Each field is there at most once, and may get two bytes that it had not; Host and target may be those of the head.
        let fields = head.fields
        let own = 2 &* head.count &+ 4 &* fields.count
        let given = (line.target?.count ?? 0) &+ (line.host?.count ?? 0) &+ (line.upgrade?.count ?? 0)
        let room = own &+ given &+ line.added.count &+ 256
        var problem: RequestNotSendable?
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            var cursor = ByteCursor(memory)
            do throws(RequestNotSendable) {
                try writeLine(line, of: head, to: &cursor)
                try writeFields(fields, of: head, without: isUnwanted, to: &cursor)
                cursor.write(line.added)
                writeFraming(framing, announcesNone: announcesNone, to: &cursor)
                try writeConnection(line, to: &cursor)
                cursor.write("\r\n")
                return cursor.count
            } catch {
                problem = error
                return 0
            }
        }
        if let problem { throw problem }
    }

    private static func writeLine(
        _ line: Line,
        of head: RequestHead,
        to cursor: inout ByteCursor
    ) throws(RequestNotSendable) {
        let method = head.slice(head.method)
        guard !method.isEmpty, method.allSatisfy(FieldSyntax.isToken) else { throw RequestNotSendable(part: .method) }
        cursor.write(method)
        cursor.write(0x20)
        try write(line.target, or: head.slice(head.target), to: &cursor) { target in
            guard target.first == UInt8(ascii: "/") || target.elementsEqual("*".utf8),
                target.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { return .target }
            return nil
        }
        cursor.write(" HTTP/1.1\r\nHost: ")
        let own = head.authority.map { head.slice($0) } ?? UnsafeRawBufferPointer(start: nil, count: 0)
        try write(line.host, or: own, to: &cursor) { HostSyntax.isValid($0) ? nil : .host }
        cursor.write("\r\n")
    }

    /// Writes a text, or that of the head where there is none.
    ///
    /// - Parameter problem: what is wrong with it.
    private static func write(
        _ text: [UInt8]?,
        or own: UnsafeRawBufferPointer,
        to cursor: inout ByteCursor,
        _ problem: (UnsafeRawBufferPointer) -> RequestNotSendable.Part?
    ) throws(RequestNotSendable) {
        let part: RequestNotSendable.Part?
        if let text {
            part = text.withUnsafeBytes(problem)
            if part == nil { cursor.write(text) }
        } else {
            part = problem(own)
            if part == nil { cursor.write(own) }
        }
        if let part { throw RequestNotSendable(part: part) }
    }

    private static func writeFields(
        _ fields: [RequestHead.Field],
        of head: RequestHead,
        without isUnwanted: (_ name: UnsafeRawBufferPointer) -> Bool,
        to cursor: inout ByteCursor
    ) throws(RequestNotSendable) {
        let nominated = nominated(by: head)
        for field in fields {
            let name = head.slice(field.name)
            if isLeftOut(name) || nominated.contains(where: { ASCIICase.equals(name, $0) }) || isUnwanted(name) {
                continue
            }
            let value = head.slice(field.value)
            guard !name.isEmpty, name.allSatisfy(FieldSyntax.isToken),
                ByteScan.firstControl(value, from: 0, to: value.count) == nil
            else { throw RequestNotSendable(part: .field) }
            cursor.write(name)
            cursor.write(": ")
            cursor.write(value)
            cursor.write("\r\n")
        }
    }

    private static func writeFraming(_ framing: MessageFraming, announcesNone: Bool, to cursor: inout ByteCursor) {
        switch framing {
        case .none: if announcesNone { cursor.write("Content-Length: 0\r\n") }
        case .length(let length):
            cursor.write("Content-Length: ")
            cursor.writeDecimal(length)
            cursor.write("\r\n")
        case .chunked: cursor.write("Transfer-Encoding: chunked\r\n")
        }
    }

    private static func writeConnection(_ line: Line, to cursor: inout ByteCursor) throws(RequestNotSendable) {
        if let upgrade = line.upgrade {
            guard upgrade.allSatisfy(FieldSyntax.isValue) else { throw RequestNotSendable(part: .field) }
            cursor.write("Connection: Upgrade\r\nUpgrade: ")
            cursor.write(upgrade)
            cursor.write("\r\n")
        } else if line.takesTrailers {
            cursor.write("Connection: TE\r\nTE: trailers\r\n")
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
                if known.contains(where: { ASCIICase.equals(value, element, $0) }) { return }
                names.append(value[element].map(ASCIICase.lowercased))
            }
        }
        return names
    }

    /// What Connection usually says, which names no other field, or one that is left out in any case.
    private static let known: [StaticString] = ["close", "keep-alive", "upgrade", "te"]
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
