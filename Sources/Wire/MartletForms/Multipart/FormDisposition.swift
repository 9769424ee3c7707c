internal import MartletBytes

/// `Content-Disposition: form-data; name="city"; filename="map.png"` (RFC 7578 section 4.2).
enum FormDisposition {
    /// The name of the control, and that of the file.
    ///
    /// The URL and HTML standards encode `"`, CR and LF in both as `%22`, `%0D` and `%0A`, and nothing else; older
    /// clients write `\"` and `\\`. `filename*` (RFC 8187), which RFC 7578 forbids and .NET sends, goes before `filename`.
    static func read(
        _ value: ArraySlice<UInt8>,
        part: Int,
        rule: TextRule
    ) throws(FormFault) -> (name: String, fileName: String?) {
        let semicolon = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
        let kind = FieldSyntax.trimmed(value[..<semicolon])
        guard ASCIICase.equals(kind, "form-data") else {
            throw .notFormData(part: part, disposition: String(decoding: kind, as: UTF8.self))
        }
        let list = ParameterList(value[semicolon...].dropFirst(), escapes: .form)
        try check(list, part: part)
        let place = "the Content-Disposition of part \(part)"
        let name = try text(list, "name", rule, place)
        guard let name else { throw .missingName(part: part) }
        return (name, try text(list, "filename", rule, place))
    }

    /// What two readers could understand in two ways is refused.
    private static func check(_ list: ParameterList, part: Int) throws(FormFault) {
        var seen: Set<String> = []
        for parameter in list.parameters {
            let name = parameter.name
            // RFC 2231's `filename*0`, which no client sends in forms.
            let isPiece = ["name*", "filename*"].contains { name.hasPrefix($0) && name != $0 }
            guard parameter.isWhole, seen.insert(name).inserted, !isPiece else {
                throw .malformedDisposition(part: part)
            }
        }
    }

    private static func text(
        _ list: ParameterList,
        _ name: String,
        _ rule: TextRule,
        _ place: String
    ) throws(FormFault) -> String? {
        if let extended = list.value(name + "*"), let text = ExtendedValue.text(extended) { return text }
        guard let value = list.value(name) else { return nil }
        return try rule.text(unescaped(value), in: place)
    }

    private static func unescaped(_ value: [UInt8]) -> [UInt8] {
        guard value.contains(UInt8(ascii: "%")) else { return value }
        return value.withUnsafeBytes { bytes in
            var output: [UInt8] = []
            var index = 0
            while let (byte, width) = PercentEncoding.byte(of: bytes, at: index) {
                let isEscape = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
                if width == 1 || isEscape {
                    output.append(byte)
                    index += width
                } else {
                    output.append(UInt8(ascii: "%"))
                    index += 1
                }
            }
            return output
        }
    }
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187 section 3.2).
enum ExtendedValue {
    /// Nil if it is none, in another charset, or not in the one that it names.
    static func text(_ value: [UInt8]) -> String? {
        let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let charset = FormCharset(parts[0]) else { return nil }
        return charset.text(parts[2].withUnsafeBytes(PercentEncoding.decoded))
    }
}
