/// What somebody else says, an authority or the system, as the end of a sentence of ours.
package enum Sentence {
    /// With one full stop at its end, whether it had one or not.
    package static func ended(_ text: String) -> String {
        var text = text[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        guard let last = text.last else { return "" }
        return [".", "!", "?", "…"].contains(last) ? String(text) : text + "."
    }
}
