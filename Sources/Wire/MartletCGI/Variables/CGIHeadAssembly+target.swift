import MartletBytes
import MartletGateway
import MartletHTTP1

/// Target, path and query.
extension CGIHeadAssembly {
    mutating func settleTarget() throws(CGIFault) {
        let target = value(.requestURI)
        guard target.count <= limits.targetBytes else { throw .http(.targetTooLong(limit: limits.targetBytes)) }
        guard !target.isEmpty else {
            try settlePath(asked: nil)
            return try settleWithoutTarget()
        }
        guard target.allSatisfy(Self.isTargetByte) else { throw .http(.invalidTarget) }
        table.target = try append(target)
        if target.count == 1, target[0] == UInt8(ascii: "*") {
            guard value(.requestMethod).elementsEqual("OPTIONS".utf8) else { throw .http(.asteriskNeedsOptions) }
            table.path = RequestHead.Span(start: Int(table.target.start), end: Int(table.target.start))
            return
        }
        let start = try pathStart(of: target)
        let rest = target[start...]
        let end = rest.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let offset = Int(table.target.start)
        let path = RequestHead.Span(start: offset &+ start, end: offset &+ end)
        let query = end < target.count ? RequestHead.Span(start: offset &+ end &+ 1, end: offset &+ target.count) : nil
        try settleQuery(asked: query)
        try settlePath(asked: path)
    }

    private static func isTargetByte(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") }

    /// Where the path begins: behind the authority, in what Apache says of a client that sent an absolute form.
    private mutating func pathStart(of target: UnsafeRawBufferPointer) throws(CGIFault) -> Int {
        if target[0] == UInt8(ascii: "/") { return 0 }
        for scheme: StaticString in ["http://", "https://"] {
            let count = scheme.utf8CodeUnitCount
            guard target.count > count, ASCIICase.equals(target, 0..<count, scheme) else { continue }
            let end = target[count...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.count
            let authority = UnsafeRawBufferPointer(rebasing: target[count..<end])
            if authority.contains(UInt8(ascii: "@")) { throw .http(.userInfoInTarget) }
            guard HostSyntax.isValid(authority) else { throw .http(.invalidHost) }
            let offset = Int(table.target.start)
            table.authority = RequestHead.Span(start: offset &+ count, end: offset &+ end)
            return end
        }
        throw .http(.invalidTarget)
    }

    private mutating func settleQuery(asked: RequestHead.Span?) throws(CGIFault) {
        let query = value(.queryString)
        guard query.allSatisfy(Self.isTargetByte) else { throw .http(.invalidTarget) }
        if !has(.queryString) || asked.map({ head.slice($0).elementsEqual(query) }) == true {
            table.query = asked
        } else if !query.isEmpty {
            table.query = try append(query)
        }
    }

    private mutating func settleWithoutTarget() throws(CGIFault) {
        var target = Array(head.slice(table.path))
        let length = target.count
        let query = value(.queryString)
        guard query.allSatisfy(Self.isTargetByte) else { throw .http(.invalidTarget) }
        if !query.isEmpty { target += [UInt8(ascii: "?")] + query }
        table.target = try append(target)
        if !query.isEmpty {
            table.query = RequestHead.Span(start: Int(table.target.start) &+ length &+ 1, end: Int(table.target.end))
        }
    }

    private mutating func settlePath(asked: RequestHead.Span?) throws(CGIFault) {
        if let asked, isUsual(head.slice(asked)) {
            table.path = asked
            return
        }
        let (script, info) = (Array(value(.scriptName)), Array(value(.pathInfo)))
        if let first = script.first, first != UInt8(ascii: "/") { throw .notAPath(.scriptName) }
        if let first = info.first, first != UInt8(ascii: "/"), script.last != UInt8(ascii: "/") {
            throw .notAPath(.pathInfo)
        }
        let document = Array(value(.documentURI))
        if let first = document.first, first != UInt8(ascii: "/") { throw .notAPath(.documentURI) }
        let path = CGIPath(
            script: script,
            info: has(.pathInfo) ? info : nil,
            document: document,
            file: value(.scriptFilename),
            asked: asked.map { PercentEncoding.decoded(head.slice($0)) },
            over: carrier
        )
        switch path.resolve() {
        case .missing: throw .noPath
        case .rewritten(let mount, let path): try write(mount, path)
        case .asItCame(let mount): try keep(asked, mount)
        }
    }

    /// nginx's usual lists over uwsgi and SCGI, and a path without a percent sign: nothing to think about.
    private func isUsual(_ asked: UnsafeRawBufferPointer) -> Bool {
        guard value(.scriptName).isEmpty, !asked.isEmpty, !asked.contains(UInt8(ascii: "%")) else { return false }
        let info = value(has(.pathInfo) ? .pathInfo : .documentURI)
        return info.elementsEqual(asked) && value(.scriptFilename).isEmpty
    }

    /// The path as it came, of which the mount has so many bytes when they are decoded.
    private mutating func keep(_ asked: RequestHead.Span?, _ mount: Int) throws(CGIFault) {
        guard let asked else { throw .noPath }
        let raw = head.slice(asked)
        var index = 0
        for _ in 0..<mount { index &+= PercentEncoding.byte(of: raw, at: index)?.width ?? 0 }
        // An encoded slash ends no segment.
        guard index == raw.count || raw[index] == UInt8(ascii: "/") else {
            let decoded = PercentEncoding.decoded(raw)
            return try write(Array(decoded.prefix(mount)), Array(decoded.dropFirst(mount)))
        }
        // An absolute form without a path means "/".
        table.path = raw.isEmpty ? try append([UInt8(ascii: "/")]) : asked
        request.mountLength = index
    }

    private mutating func write(_ mount: [UInt8], _ path: [UInt8]) throws(CGIFault) {
        let encoded = Array(PercentEncoding.encode(mount, keeping: Self.isPathByte).utf8)
        request.mountLength = encoded.count
        table.path = try append(encoded + Array(PercentEncoding.encode(path, keeping: Self.isPathByte).utf8))
    }

    /// The bytes that stand for themselves in a path (RFC 3986 section 3.3).
    private static func isPathByte(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "/:@!$&'()*+,;=".utf8.contains(byte)
    }
}
