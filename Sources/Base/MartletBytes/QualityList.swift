/// What a client accepts, with its preferences: the values of Accept and Accept-Encoding (RFC 9110 section 12.4.2).
package enum QualityList {
    /// How much the client likes something, from 0 (not at all) to 1000.
    ///
    /// - Parameter name: in lower case, as in the field: `gzip`, `text/html`, `*`.
    /// - Returns: nil if it is not named. Of several values, the first counts.
    package static func quality(of name: StaticString, in value: UnsafeRawBufferPointer) -> Int? {
        var found: Int?
        FieldList.forEachElement(value, 0..<value.count) { range in
            guard found == nil else { return }
            let element = UnsafeRawBufferPointer(rebasing: value[range])
            let end = element.firstIndex(of: UInt8(ascii: ";")) ?? element.count
            guard ASCIICase.equals(FieldSyntax.trimmed(element[..<end]), name) else { return }
            found = quality(of: element[end...])
        }
        return found
    }

    /// The weight among the parameters of an element: `;q=0.5`. What is no weight counts as 0, not as a wish.
    private static func quality(of parameters: Slice<UnsafeRawBufferPointer>) -> Int {
        for parameter in parameters.split(separator: UInt8(ascii: ";")) {
            let text = FieldSyntax.trimmed(parameter)
            guard text.count >= 2, ASCIICase.lowercased(text[text.startIndex]) == UInt8(ascii: "q"),
                text[text.startIndex + 1] == UInt8(ascii: "=")
            else { continue }
            return weight(text.dropFirst(2))
        }
        return 1000
    }

    /// A weight in thousandths: `0.5`, with at most three decimals. What is none counts as 0.
    package static func weight(_ text: some Collection<UInt8>) -> Int {
        guard let first = text.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else { return 0 }
        let rest = text.dropFirst()
        guard !rest.isEmpty else { return first == UInt8(ascii: "1") ? 1000 : 0 }
        let decimals = rest.dropFirst()
        guard rest.first == UInt8(ascii: "."), decimals.count <= 3 else { return 0 }
        var thousandths = 0
        var unit = 100
        for digit in decimals {
            guard ASCII.isDigit(digit) else { return 0 }
            thousandths += Int(digit - 0x30) * unit
            unit /= 10
        }
        if first == UInt8(ascii: "1") { return thousandths == 0 ? 1000 : 0 }
        return thousandths
    }
}
