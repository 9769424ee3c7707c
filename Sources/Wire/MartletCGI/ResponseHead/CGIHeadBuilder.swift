import HTTPTypes
import MartletBytes
import MartletGateway

/// What the lines of a CGI answer's head have said so far.
struct CGIHeadBuilder: Sendable {
    private var status: HTTPResponse.Status?
    private var length: Int?
    private var location: [UInt8]?
    private var hasType = false
    /// Whether there are fields that only a client could use.
    private var hasOthers = false
    private var block: [UInt8] = []

    /// - Parameters: a token, and a value without control characters.
    mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(CGIResponseFault) {
        switch name.count {
        case 6 where ASCIICase.equals(name, "status"):
            guard status == nil else { throw .twice(name: "Status") }
            status = try Self.status(value)
        case 8 where ASCIICase.equals(name, "location"):
            guard location == nil else { throw .twice(name: "Location") }
            guard !value.isEmpty, value.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .invalidLocation }
            location = Array(value)
            append(name, value)
        case 12 where ASCIICase.equals(name, "content-type"):
            guard !hasType else { throw .twice(name: "Content-Type") }
            hasType = true
            append(name, value)
        case 14 where ASCIICase.equals(name, "content-length"):
            guard length == nil else { throw .twice(name: "Content-Length") }
            guard let count = DecimalText.value(of: value) else {
                throw .invalidLength(value: CGIHeadParser.shown(value))
            }
            length = count
        case 17 where ASCIICase.equals(name, "transfer-encoding"):
            throw .transferEncoding(value: CGIHeadParser.shown(value))
        default:
            guard FieldRole(name: name).isDisjoint(with: .aboutConnection) else { return }
            hasOthers = true
            append(name, value)
        }
    }

    /// `HTTP/1.1 404 Not Found`
    mutating func takeStatusLine(_ line: UnsafeRawBufferPointer) throws(CGIResponseFault) {
        guard let blank = line.firstIndex(of: 0x20) else {
            throw .invalidStatus(value: CGIHeadParser.shown(line))
        }
        status = try Self.status(UnsafeRawBufferPointer(rebasing: line[(blank + 1)...]))
    }

    private mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        block += name
        block += ": ".utf8
        block += value
        block += "\r\n".utf8
    }

    /// `404 Not Found`, or the number alone.
    private static func status(_ text: UnsafeRawBufferPointer) throws(CGIResponseFault) -> HTTPResponse.Status {
        let digits = text.prefix { $0 != 0x20 }
        guard digits.count == 3, let code = DecimalText.value(of: digits), (200...999).contains(code),
            text.allSatisfy(FieldSyntax.isValue)
        else { throw .invalidStatus(value: CGIHeadParser.shown(text)) }
        let phrase = FieldSyntax.trimmed(text.dropFirst(digits.count))
        let known = HTTPResponse.Status(number: code)
        // A phrase that is no text of HTTP's is not worth a refusal.
        guard !phrase.isEmpty, phrase.allSatisfy({ $0 < 0x7F }) else { return known }
        return HTTPResponse.Status(code: code, reasonPhrase: String(decoding: phrase, as: UTF8.self))
    }

    /// The empty line has come.
    func finish(_ form: CGIHeadParser.Form) throws(CGIResponseFault) -> CGIResponseHead.Meaning {
        guard status != nil || location != nil || hasType else { throw form == .cgi ? .noField : .missingStatusLine }
        if form == .cgi, status == nil, !hasOthers, let location, location.first == UInt8(ascii: "/") {
            return .localRedirect(String(decoding: location, as: UTF8.self))
        }
        let status = status ?? (location == nil ? .ok : .found)
        return .answer(CGIResponseHead(status: status, headers: Headers(validBlock: block), length: length))
    }
}
