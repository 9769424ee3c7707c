import HTTPTypes
import MartletBytes
import MartletGateway

/// Reads the heads of answers, strictly (RFC 9112 sections 2, 4 and 5).
///
/// The rules are those of ``RequestParser``: it is given all bytes since the start of the head, more each time, and
/// remembers how far it has read; the outcome depends on the bytes alone, never on how they were split. What is passed
/// on is copied once, as lines that are known to be well formed: most often all of them together.
package struct ResponseParser: Sendable {
    package enum Outcome: Sendable, Equatable {
        case needsMore
        /// The head ends after `length` bytes.
        case complete(length: Int, HTTP1ResponseHead)
        case fault(ResponseFault)
    }

    private let limits: HeadLimits
    private var lineStart = 0
    private var scanned = 0
    private var fields = 0
    /// Zero before the status line.
    private var code = 0
    /// Nil for the `OK` of a 200.
    private var reason: String?
    private var isHTTP10 = false
    private var facts = ResponseFacts()
    private var block: [UInt8] = []
    /// Lines that follow each other and are passed on as they are, which are to be copied.
    private var run = 0..<0
    private var notable: FieldRole = []

    /// - Parameter limits: those of a head; the length of a target does not matter.
    package init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    private mutating func reset() { self = ResponseParser(limits: limits) }

    /// Continues parsing. After a complete head the parser is ready for the next.
    ///
    /// - Parameter bytes: everything received since the start of this head.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        do throws(ResponseFault) {
            if code == 0 { try checkBeginning(bytes) }
            while let line = try nextLine(bytes) {
                if code == 0 {
                    try readStatusLine(bytes, line)
                } else if line.isEmpty {
                    return try complete(bytes)
                } else {
                    try readField(bytes, line)
                }
            }
        } catch {
            return .fault(error)
        }
        return .needsMore
    }

    /// The next line without its end; nil if it is not complete.
    private mutating func nextLine(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Range<Int>? {
        let end = min(bytes.count, limits.headBytes)
        guard let stop = ByteScan.firstControl(bytes, from: scanned, to: end) else {
            scanned = end
            return try unfinished(bytes)
        }
        switch bytes[stop] {
        case 0x0D: break
        case 0x0A: throw .bareLineFeed
        default: throw .controlCharacter
        }
        guard stop &+ 1 < end else {
            scanned = stop
            return try unfinished(bytes)
        }
        guard bytes[stop &+ 1] == 0x0A else { throw .bareCarriageReturn }
        let line = lineStart..<stop
        lineStart = stop &+ 2
        scanned = lineStart
        return line
    }

    private func unfinished(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Range<Int>? {
        if bytes.count >= limits.headBytes { throw .headTooLarge(limit: limits.headBytes) }
        return nil
    }

    /// What speaks something else may never send the end of a line.
    private func checkBeginning(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) {
        // A TLS server answers a request in the clear with an alert, and may begin with a handshake.
        if bytes.first == 0x15 || bytes.first == 0x16 { throw .tlsOnPlainConnection }
        if !Self.version.starts(with: bytes.prefix(Self.version.count)) { throw .malformedStatusLine }
    }

    private static let version = Array("HTTP/".utf8)

    /// `HTTP/1.1 200 OK`. The space behind the status may be missing together with the reason, as some leave it out.
    private mutating func readStatusLine(
        _ bytes: UnsafeRawBufferPointer,
        _ line: Range<Int>
    ) throws(ResponseFault) {
        let text = UnsafeRawBufferPointer(rebasing: bytes[line])
        guard text.count >= 8, text[5] == UInt8(ascii: "1"), text[6] == UInt8(ascii: "."), ASCII.isDigit(text[7])
        else { throw .versionNotSupported }
        guard text.count >= 12, text[8] == 0x20 else { throw .malformedStatusLine }
        guard let code = DecimalText.value(of: text[9..<12]), code >= 100 else { throw .invalidStatus }
        guard text.count == 12 || text[12] == 0x20 else { throw .invalidStatus }
        isHTTP10 = text[7] == UInt8(ascii: "0")
        self.code = code
        if code == 200, text.count == 15, text[13] == UInt8(ascii: "O"), text[14] == UInt8(ascii: "K") { return }
        // Bytes beyond ASCII become the characters of Latin-1, as they go out again.
        var reason = ""
        reason.unicodeScalars.append(contentsOf: text.dropFirst(13).lazy.map { Unicode.Scalar($0) })
        self.reason = reason
    }

    private mutating func readField(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) throws(ResponseFault) {
        fields &+= 1
        guard fields <= limits.fields else { throw .tooManyFields(limit: limits.fields) }
        var colon = line.lowerBound
        while colon < line.upperBound, FieldSyntax.isToken(bytes[colon]) { colon &+= 1 }
        guard colon < line.upperBound, bytes[colon] == UInt8(ascii: ":"), colon > line.lowerBound else {
            throw Self.nameFault(bytes, line, at: colon)
        }
        var start = colon &+ 1
        while start < line.upperBound, ASCII.isBlank(bytes[start]) { start &+= 1 }
        var end = line.upperBound
        while end > start, ASCII.isBlank(bytes[end &- 1]) { end &-= 1 }
        let name = line.lowerBound..<colon
        let role = FieldRole(name: UnsafeRawBufferPointer(rebasing: bytes[name]))
        guard try facts.note(bytes, name, start..<end, role) else { return }
        notable.formUnion(role)
        if end == line.upperBound, start == colon &+ 2, bytes[colon &+ 1] == 0x20 {
            // As it would be written.
            if line.lowerBound == run.upperBound {
                run = run.lowerBound..<(line.upperBound &+ 2)
            } else {
                copyRun(bytes)
                run = line.lowerBound..<(line.upperBound &+ 2)
            }
            return
        }
        copyRun(bytes)
        block.append(contentsOf: bytes[name])
        block.append(UInt8(ascii: ":"))
        block.append(0x20)
        block.append(contentsOf: bytes[start..<end])
        block.append(0x0D)
        block.append(0x0A)
    }

    private mutating func copyRun(_ bytes: UnsafeRawBufferPointer) {
        guard !run.isEmpty else { return }
        let lines = UnsafeRawBufferPointer(rebasing: bytes[run])
        run = 0..<0
        if block.isEmpty { block = [UInt8](lines) } else { block.append(contentsOf: lines) }
    }

    private static func nameFault(
        _ bytes: UnsafeRawBufferPointer,
        _ line: Range<Int>,
        at stop: Int
    ) -> ResponseFault {
        guard stop < line.upperBound else { return .missingColon }
        guard ASCII.isBlank(bytes[stop]) else { return .invalidName }
        if stop == line.lowerBound { return .foldedLine }
        let rest = bytes[stop..<line.upperBound].drop(while: ASCII.isBlank)
        return rest.first == UInt8(ascii: ":") ? .spaceBeforeColon : .invalidName
    }

    private mutating func complete(_ bytes: UnsafeRawBufferPointer) throws(ResponseFault) -> Outcome {
        copyRun(bytes)
        let status = reason.map { HTTPResponse.Status(code: code, reasonPhrase: $0) } ?? .ok
        var head = HTTP1ResponseHead(status: status, headers: Headers(validBlock: block, notable: notable))
        head.isHTTP10 = isHTTP10
        try facts.settle(into: &head)
        // Only with a switch of protocols does Upgrade concern who is asked.
        if status.code != 101, head.headers.notable.contains(.upgrade) {
            head.headers.removeConnectionFields(keepsUpgrade: false)
        }
        let length = lineStart
        reset()
        return .complete(length: length, head)
    }
}
