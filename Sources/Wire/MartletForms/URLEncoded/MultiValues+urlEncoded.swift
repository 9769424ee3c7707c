internal import MartletBytes

extension MultiValues {
    /// The values of a query, or of another text of this form, without limits. Bytes that are no UTF-8 are replaced by
    /// U+FFFD.
    public init(urlEncoded text: some StringProtocol) {
        var limits = FormLimits()
        limits.values = .max
        limits.memory = .max
        self = (try? URLEncodedMachine.values(of: text.utf8, limits: limits, rule: .replaced)) ?? [:]
    }

    /// As a query or an `application/x-www-form-urlencoded` body (URL standard section 5.2).
    public var urlEncoded: String {
        pairs.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(text.utf8) { byte in
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: " "): true
            default: ASCII.isLetter(byte) || ASCII.isDigit(byte)
            }
        }.replacingSpaces
    }
}

extension String {
    fileprivate var replacingSpaces: String { String(map { $0 == " " ? "+" : $0 }) }
}
