internal import MartletBytes

/// An element of Accept, Accept-Language and their like: what is accepted, and how much it is liked.
struct AcceptElement {
    /// Without its weight: `text/html;level=1`.
    let text: ArraySlice<UInt8>
    /// 0 (not at all) to 1000.
    let quality: Int

    /// How many elements are looked at. Browsers send up to ten; what a server offers is compared with each.
    private static let most = 100

    /// The elements of a field in their order. Commas and semicolons in quotes are text.
    static func all(_ field: some StringProtocol) -> [AcceptElement] {
        pieces(Array(field.utf8)[...], at: UInt8(ascii: ",")).prefix(most).compactMap { element in
            let parts = pieces(element, at: UInt8(ascii: ";"))
            var end = element.endIndex
            var quality = 1000
            for part in parts.dropFirst() {
                guard let first = part.first, ASCIICase.lowercased(first) == UInt8(ascii: "q"),
                    part.dropFirst().first == UInt8(ascii: "=")
                else { continue }
                // What follows the weight are extensions, which nobody has ever defined (RFC 9110 section 12.5.1).
                quality = QualityList.weight(part.dropFirst(2))
                end = part.startIndex
                break
            }
            var text = FieldSyntax.trimmed(element[..<end])
            if end < element.endIndex, text.last == UInt8(ascii: ";") { text = FieldSyntax.trimmed(text.dropLast()) }
            return text.isEmpty ? nil : AcceptElement(text: text, quality: quality)
        }
    }

    private static func pieces(_ text: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = text.startIndex
        var isQuoted = false
        var place = start
        while place < text.endIndex {
            let byte = text[place]
            if isQuoted, byte == UInt8(ascii: "\\") {
                place += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                pieces.append(FieldSyntax.trimmed(text[start..<place]))
                start = place + 1
            }
            place += 1
        }
        return pieces + [FieldSyntax.trimmed(text[min(start, text.endIndex)...])]
    }
}
