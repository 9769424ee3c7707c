/// Python's `textwrap.wrap`, without its handling of tabs and of indentation.
struct WordWrapping {
    let width: Int
    let breaksLongWords: Bool
    let breaksOnHyphens: Bool

    func lines(of text: String) -> [String] {
        var chunks = chunks(of: Array(text.unicodeScalars))[...]
        var lines: [String] = []
        while !chunks.isEmpty {
            var (line, length) = ([[Unicode.Scalar]](), 0)
            if !lines.isEmpty, let first = chunks.first, isBlank(first) { chunks.removeFirst() }
            while let chunk = chunks.first, length + chunk.count <= width {
                line.append(chunk)
                length += chunk.count
                chunks.removeFirst()
            }
            if let chunk = chunks.first, chunk.count > width { breakWord(chunk, &chunks, &line, length) }
            if let last = line.last, isBlank(last) { line.removeLast() }
            if !line.isEmpty { lines.append(String(String.UnicodeScalarView(line.joined()))) }
        }
        return lines
    }

    /// A word that no line can hold: as much as fits here, or all of it on a line of its own.
    private func breakWord(
        _ chunk: [Unicode.Scalar],
        _ chunks: inout ArraySlice<[Unicode.Scalar]>,
        _ line: inout [[Unicode.Scalar]],
        _ length: Int
    ) {
        if breaksLongWords {
            let space = width - length
            var end = space
            if breaksOnHyphens, chunk.count > space, let hyphen = chunk.prefix(space).lastIndex(of: "-"), hyphen > 0,
                chunk.prefix(hyphen).contains(where: { $0 != "-" })
            {
                end = hyphen + 1
            }
            line.append(Array(chunk.prefix(end)))
            chunks[chunks.startIndex] = Array(chunk.dropFirst(end))
        } else if line.isEmpty {
            line.append(chunk)
            chunks.removeFirst()
        }
    }

    private func isBlank(_ chunk: [Unicode.Scalar]) -> Bool { chunk.allSatisfy(CodePoints.isSpace) }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        (0x09...0x0D).contains(scalar.value) || scalar.value == 0x20
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        CodePoints.isWord(scalar) && scalar.properties.generalCategory != .decimalNumber
    }

    /// White space, words, the parts of words with hyphens, and dashes between words.
    private func chunks(of text: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var (chunks, start) = ([[Unicode.Scalar]](), 0)
        while start < text.count {
            let end = chunkEnd(text, start)
            chunks.append(Array(text[start..<end]))
            start = end
        }
        return chunks
    }

    private func chunkEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int {
        if isSpace(text[start]) { return text[start...].firstIndex { !isSpace($0) } ?? text.count }
        if breaksOnHyphens, isDash(text, start) { return text[start...].firstIndex { $0 != "-" } ?? text.count }
        var at = start + 1
        while at < text.count, !isSpace(text[at]) {
            if breaksOnHyphens {
                if isHyphenBreak(text, at - 1) { return at }
                if isDash(text, at) { return at }
            }
            at += 1
        }
        return at
    }

    /// Two or more hyphens with a word on both sides.
    private func isDash(_ text: [Unicode.Scalar], _ at: Int) -> Bool {
        guard at > 0, text[at] == "-", at + 1 < text.count, text[at + 1] == "-" else { return false }
        let before = text[at - 1]
        guard CodePoints.isWord(before) || ["!", "\"", "'", "&", ".", ",", "?"].contains(before) else { return false }
        guard let behind = text[at...].first(where: { $0 != "-" }) else { return false }
        return CodePoints.isWord(behind)
    }

    /// A hyphen behind two letters, or behind letter-hyphen-letter, and before two letters with at most a hyphen between.
    private func isHyphenBreak(_ text: [Unicode.Scalar], _ at: Int) -> Bool {
        func letter(_ index: Int) -> Bool { index >= 0 && index < text.count && isLetter(text[index]) }
        guard text[at] == "-" else { return false }
        let isBefore =
            letter(at - 1) && letter(at - 2)
            || letter(at - 1) && at >= 3 && text[at - 2] == "-" && letter(at - 3)
        let isBehind =
            letter(at + 1) && (letter(at + 2) || at + 2 < text.count && text[at + 2] == "-" && letter(at + 3))
        return isBefore && isBehind
    }
}
