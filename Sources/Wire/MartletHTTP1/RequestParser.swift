import MartletBytes
package import MartletGateway

/// Reads request heads, strictly (RFC 9112 sections 2 to 3, 5 and 6).
///
/// The rules:
///
/// 1. ``parse(_:into:)`` is given all bytes since the start of the head, more each time, until it has an outcome. It
///    remembers how far it has read, so a head that arrives byte by byte costs no more than one in one piece, and has
///    the same outcome.
/// 2. The outcome depends on the bytes alone, never on how they were split: limits count positions, not arrivals.
/// 3. A line is first searched for its end and for forbidden bytes, then parsed. The first fault in that order wins.
/// 4. Fields that depend on each other (Host, Content-Length, Transfer-Encoding) are checked when the head is complete.
package struct RequestParser: Sendable {
    package enum Outcome: Sendable, Equatable {
        case needsMore
        /// The head ends after `length` bytes.
        case complete(length: Int, HTTP1Message)
        case fault(RequestFault)
    }

    let limits: HeadLimits
    private var lineStart = 0
    private var scanned = 0
    private var emptyLines = 0
    private var isInFields = false
    /// What the fields have said so far; checked at the end of the head.
    var facts = FramingFacts()
    /// The parts found so far. Swapped with the table of the head, so that the memory is reused.
    var table = RequestHead.Table()

    package init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
    }

    /// Discards an incomplete head. After a complete one the parser is ready for the next by itself.
    package mutating func reset() {
        lineStart = 0
        scanned = 0
        emptyLines = 0
        isInFields = false
        facts = FramingFacts()
        table.reset()
    }

    /// Continues parsing.
    ///
    /// - Parameters:
    ///   - bytes: everything received since the start of this head.
    ///   - head: where a complete head is put; nobody else may hold it.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer, into head: RequestHead) -> Outcome {
        while true {
            let headEnd = min(bytes.count, limits.headBytes)
            let lineEnd = isInFields ? headEnd : min(headEnd, lineStart &+ limits.requestLineBytes)
            guard let stop = ByteScan.firstControl(bytes, from: scanned, to: lineEnd) else {
                scanned = lineEnd
                return unfinished(bytes, available: lineEnd)
            }
            guard bytes[stop] == 0x0D else { return .fault(controlFault(bytes, at: stop)) }
            guard stop &+ 1 < lineEnd else {
                scanned = stop
                return unfinished(bytes, available: lineEnd)
            }
            guard bytes[stop &+ 1] == 0x0A else { return .fault(.bareCarriageReturn) }

            let start = lineStart
            lineStart = stop &+ 2
            scanned = lineStart
            if isInFields {
                if start == stop {
                    var message: HTTP1Message
                    do throws(RequestFault) { message = try facts.settle(table) } catch { return .fault(error) }
                    message.isHead = isText(bytes, Int(table.method.start), Int(table.method.end), "HEAD")
                    head.store(UnsafeRawBufferPointer(rebasing: bytes[..<lineStart]))
                    swap(&head.table, &table)
                    let length = lineStart
                    reset()
                    return .complete(length: length, message)
                }
                if let fault = parseField(bytes, from: start, to: stop) { return .fault(fault) }
            } else if start == stop {
                emptyLines &+= 1
                if emptyLines > 2 { return .fault(.tooManyEmptyLines) }
            } else {
                if let fault = parseRequestLine(bytes, from: start, to: stop) { return .fault(fault) }
                isInFields = true
            }
        }
    }

    /// The line is incomplete: waits for more bytes, unless a limit has been reached.
    private func unfinished(_ bytes: UnsafeRawBufferPointer, available: Int) -> Outcome {
        if !isInFields, available &- lineStart >= limits.requestLineBytes {
            let methodEnd = ByteScan.first(0x20, in: bytes, from: lineStart, to: available)
            return .fault(
                methodEnd &- lineStart > HeadLimits.methodBytes
                    ? .methodTooLong : .targetTooLong(limit: limits.targetBytes)
            )
        }
        return available >= limits.headBytes ? .fault(.headTooLarge(limit: limits.headBytes)) : .needsMore
    }

    private func controlFault(_ bytes: UnsafeRawBufferPointer, at index: Int) -> RequestFault {
        switch bytes[index] {
        case 0x0A: .bareLineFeed
        case 0x00: .nul
        // A TLS client starts with a handshake record: type 22, then the version.
        case 0x16 where index == 0: .tlsOnPlainPort
        default: .controlCharacter
        }
    }

    private mutating func parseField(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        to end: Int
    ) -> RequestFault? {
        guard table.fields.count < limits.fields else { return .tooManyFields(limit: limits.fields) }
        var colon = start
        while colon < end, FieldSyntax.isToken(bytes[colon]) { colon &+= 1 }
        guard colon < end, bytes[colon] == UInt8(ascii: ":"), colon > start else {
            return nameFault(bytes, from: start, at: colon, to: end)
        }
        var valueStart = colon &+ 1
        while valueStart < end, ASCII.isBlank(bytes[valueStart]) { valueStart &+= 1 }
        var valueEnd = end
        while valueEnd > valueStart, ASCII.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        let value = RequestHead.Span(start: valueStart, end: valueEnd)
        table.fields.append(RequestHead.Field(name: RequestHead.Span(start: start, end: colon), value: value))
        return facts.note(bytes, nameStart: start, nameCount: colon &- start, valueStart..<valueEnd, into: &table)
    }

    private func nameFault(_ bytes: UnsafeRawBufferPointer, from start: Int, at stop: Int, to end: Int) -> RequestFault
    {
        guard stop < end else { return .missingColon }
        let byte = bytes[stop]
        let isSpace = ASCII.isBlank(byte)
        if stop == start {
            return isSpace ? .foldedLine : byte == UInt8(ascii: ":") ? .emptyName : .invalidName
        }
        guard isSpace else { return .invalidName }
        var next = stop
        while next < end, ASCII.isBlank(bytes[next]) { next &+= 1 }
        return next < end && bytes[next] == UInt8(ascii: ":") ? .spaceBeforeColon : .invalidName
    }
}
