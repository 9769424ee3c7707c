/// Makes the values of a form of its parts. The bytes of files are not kept: whoever drives the machine puts them on
/// the disk.
package struct FormCollector: Sendable {
    private let rule: TextRule
    private var fields: [(head: PartHead, bytes: [UInt8])] = []
    private var isField = false

    package init(rule: TextRule = .refused) { self.rule = rule }

    /// Takes an event. Those of files are ignored. The machine has checked the limits.
    package mutating func receive(_ event: MultipartEvent) {
        switch event {
        case .partBegan(let head):
            isField = !head.isFile
            if isField { fields.append((head, [])) }
        case .data(let bytes):
            if isField, !fields.isEmpty { fields[fields.count - 1].bytes += bytes }
        case .partEnded, .finished, .needsMore: break
        }
    }

    /// Behind the last event: the values of the controls that are no files.
    ///
    /// Text is UTF-8 unless its part names another charset, or the form does, in a value `_charset_` (RFC 7578 section
    /// 4.6).
    package func finish() throws(FormFault) -> MultiValues {
        var usual = FormCharset.utf8
        if let named = fields.first(where: { $0.head.name == "_charset_" }) { usual = try Self.charset(named.bytes) }
        var values = MultiValues()
        for (head, bytes) in fields {
            var charset = usual
            if let named = head.contentType.flatMap({ MediaType($0)?["charset"] }) {
                charset = try Self.charset(Array(named.utf8))
            }
            if let text = charset.text(bytes) {
                values.append(head.name, text)
            } else {
                values.append(head.name, try rule.text(bytes, in: "the value of \(QuotedText.of(head.name))"))
            }
        }
        return values
    }

    private static func charset(_ name: [UInt8]) throws(FormFault) -> FormCharset {
        guard let charset = FormCharset(name) else { throw .unknownCharset(String(decoding: name, as: UTF8.self)) }
        return charset
    }
}
