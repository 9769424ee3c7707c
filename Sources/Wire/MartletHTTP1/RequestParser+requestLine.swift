import MartletBytes
import MartletGateway

/// The request line: method, target, version (RFC 9112 section 3).
extension RequestParser {
    mutating func parseRequestLine(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        to end: Int
    ) -> RequestFault? {
        var methodEnd = start
        while methodEnd < end, FieldSyntax.isToken(bytes[methodEnd]) { methodEnd &+= 1 }
        guard methodEnd < end else { return .malformedRequestLine }
        guard bytes[methodEnd] == 0x20 else { return .invalidMethod }
        guard methodEnd > start else { return .malformedRequestLine }
        guard methodEnd &- start <= HeadLimits.methodBytes else { return .methodTooLong }

        let targetStart = methodEnd &+ 1
        var targetEnd = end
        while targetEnd > targetStart, bytes[targetEnd &- 1] != 0x20 { targetEnd &-= 1 }
        // `targetEnd` is now after the last space of the line, if there is one after the start of the target.
        guard targetEnd > targetStart else { return .malformedRequestLine }
        if let fault = parseVersion(bytes, from: targetEnd, to: end) { return fault }
        targetEnd &-= 1
        guard targetEnd > targetStart else { return .malformedRequestLine }
        guard targetEnd &- targetStart <= limits.targetBytes else { return .targetTooLong(limit: limits.targetBytes) }

        table.method = RequestHead.Span(start: start, end: methodEnd)
        table.target = RequestHead.Span(start: targetStart, end: targetEnd)
        if isText(bytes, start, methodEnd, "CONNECT") { return .connectNotSupported }
        return parseTarget(bytes, from: targetStart, to: targetEnd)
    }

    private mutating func parseVersion(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        to end: Int
    ) -> RequestFault? {
        guard end &- start == 8, isText(bytes, start, start &+ 5, "HTTP/"), bytes[start &+ 6] == UInt8(ascii: "."),
            ASCII.isDigit(bytes[start &+ 5]), ASCII.isDigit(bytes[start &+ 7])
        else { return .malformedVersion }
        guard bytes[start &+ 5] == UInt8(ascii: "1") else { return .versionNotSupported }
        // An unknown minor version is read as the highest known one (RFC 9110 section 2.5).
        table.version = bytes[start &+ 7] == UInt8(ascii: "0") ? .http10 : .http11
        return nil
    }

    private mutating func parseTarget(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        to end: Int
    ) -> RequestFault? {
        var pathStart = start
        var authorityStart = start
        if bytes[start] != UInt8(ascii: "/") {
            if end &- start == 1, bytes[start] == UInt8(ascii: "*") {
                guard isText(bytes, Int(table.method.start), Int(table.method.end), "OPTIONS") else {
                    return .asteriskNeedsOptions
                }
                table.path = RequestHead.Span(start: start, end: start)
                return nil
            }
            guard let schemeEnd = afterScheme(bytes, from: start, to: end) else { return .invalidTarget }
            authorityStart = schemeEnd
            var authorityEnd = authorityStart
            while authorityEnd < end, !Self.endsAuthority(bytes[authorityEnd]) { authorityEnd &+= 1 }
            let authority = authorityStart..<authorityEnd
            if bytes[authority].contains(UInt8(ascii: "@")) { return .userInfoInTarget }
            guard HostSyntax.isValid(UnsafeRawBufferPointer(rebasing: bytes[authority])) else { return .invalidHost }
            table.authority = RequestHead.Span(start: authorityStart, end: authorityEnd)
            facts.hasAbsoluteTarget = true
            pathStart = authorityEnd
        }
        var query = end
        var index = pathStart
        while index < end {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return .invalidTarget }
            if byte == UInt8(ascii: "?"), query == end { query = index }
            index &+= 1
        }
        // An absolute form without a path means the path "/"; the slash before its authority is used for it.
        table.path =
            query > pathStart ? RequestHead.Span(start: pathStart, end: query) : slash(before: authorityStart)
        if query < end { table.query = RequestHead.Span(start: query &+ 1, end: end) }
        return nil
    }

    private func slash(before index: Int) -> RequestHead.Span {
        RequestHead.Span(start: max(index &- 1, 0), end: index)
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// Where the authority begins, if the target begins with `http://` or `https://`.
    private func afterScheme(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        for scheme: StaticString in ["http://", "https://"] {
            let count = scheme.utf8CodeUnitCount
            if end &- start > count, ASCIICase.equals(bytes, start..<(start &+ count), scheme) { return start &+ count }
        }
        return nil
    }

    @inline(__always)
    func isText(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ text: StaticString) -> Bool {
        guard end &- start == text.utf8CodeUnitCount, start >= 0, end <= bytes.count else { return false }
        return text.withUTF8Buffer { wanted in
            var index = 0
            while index < wanted.count {
                if bytes[start &+ index] != wanted[index] { return false }
                index &+= 1
            }
            return true
        }
    }
}
