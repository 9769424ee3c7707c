internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway

/// Reads the head of an answer as CGI programs write it (RFC 3875 section 6): scripts, and applications behind FastCGI and SCGI. Those
/// behind uwsgi begin with a status line of HTTP instead.
///
/// The rules:
///
/// 1. A line ends with LF or CRLF, as scripts write them, also mixed; an empty line ends the head. Nothing else is lenient: names are
///    tokens, no value has a control character, no line is folded. So no field of a script can become two of HTTP.
/// 2. `Status`, `Location`, `Content-Type` and `Content-Length` stand once.
/// 3. The status is that of `Status`; without it 302 where there is a `Location`, else 200. An informational one is no answer.
/// 4. A `Location` that begins with a slash, with nothing else but a `Content-Type`, is a local redirect. With a status or other fields
///    it is the client's, which has to get those fields: a cookie, say.
/// 5. What is about a connection is left out. `Transfer-Encoding` is refused: a body that a script has encoded would be one of HTTP
///    for nobody.
/// 6. Size and number of the lines are bounded.
package struct CGIHeadParser: Sendable {
    package enum Form: Sendable {
        /// `Status: 404 Not Found`
        case cgi
        /// `HTTP/1.1 404 Not Found`, as uWSGI's applications begin.
        case statusLine
    }

    package struct Limits: Sendable, Equatable {
        /// The whole head in bytes. nginx: `fastcgi_buffer_size 4k|8k`; HAProxy: `tune.bufsize 16k`.
        package var bytes: Int
        /// Lines. HAProxy: `tune.http.maxhdr 101`.
        package var fields: Int

        package init(bytes: Int = 65_536, fields: Int = 200) {
            self.bytes = max(64, bytes)
            self.fields = max(1, fields)
        }
    }

    package enum Reading: Sendable, Equatable {
        case needsMore
        case complete(length: Int, CGIResponseHead.Meaning)
        case fault(CGIResponseFault)
    }

    private let form: Form
    private let limits: Limits
    /// How much of the head has been read, in whole lines.
    private var position = 0
    /// How far no line has been found to end.
    private var searched = 0
    private var builder = CGIHeadBuilder()
    private var count = 0

    package init(form: Form = .cgi, limits: Limits = Limits()) {
        self.form = form
        self.limits = limits
    }

    /// Goes on over the bytes of an answer, which are given from its first one each time.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Reading {
        do throws(CGIResponseFault) {
            while let end = lineEnd(bytes) {
                let start = position
                (position, searched) = (end + 1, end + 1)
                guard position <= limits.bytes else { throw .headTooLarge(limit: limits.bytes) }
                let isCRLF = end > start && bytes[end - 1] == 0x0D
                let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(isCRLF ? end - 1 : end)])
                if line.isEmpty { return .complete(length: position, try builder.finish(form)) }
                try take(line)
            }
            guard bytes.count <= limits.bytes else { throw .headTooLarge(limit: limits.bytes) }
            searched = max(searched, bytes.count)
            return .needsMore
        } catch {
            return .fault(error)
        }
    }

    private func lineEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let from = max(position, searched)
        guard from < bytes.count else { return nil }
        return bytes[from...].firstIndex(of: 0x0A)
    }

    private mutating func take(_ line: UnsafeRawBufferPointer) throws(CGIResponseFault) {
        count += 1
        guard count <= limits.fields else { throw .tooManyFields(limit: limits.fields) }
        if count == 1 {
            let isStatusLine = line.starts(with: "HTTP/".utf8)
            switch form {
            case .cgi where isStatusLine: throw .statusLine
            case .statusLine where !isStatusLine: throw .missingStatusLine
            case .statusLine: return try builder.takeStatusLine(line)
            case .cgi: break
            }
        }
        guard let first = line.first, !ASCII.isBlank(first) else { throw .foldedLine }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .missingColon(line: Self.shown(line)) }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        let value = UnsafeRawBufferPointer(rebasing: FieldSyntax.trimmed(line[(colon + 1)...]))
        guard !name.isEmpty, name.allSatisfy(FieldSyntax.isToken) else { throw .invalidName(name: Self.shown(name)) }
        guard value.allSatisfy(FieldSyntax.isValue) else {
            throw value.contains(0x0D) ? .bareCarriageReturn : .invalidValue(name: Self.shown(name))
        }
        try builder.take(name, value)
    }

    /// A text of a script for a line of the log: short, and without what a terminal would obey.
    static func shown(_ bytes: some Collection<UInt8>) -> String {
        let text = String(
            decoding: bytes.prefix(60).map { ASCII.isPrintable($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self
        )
        return bytes.count > 60 ? text + "…" : text
    }
}
