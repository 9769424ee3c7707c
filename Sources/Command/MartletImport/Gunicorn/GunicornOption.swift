/// A setting of gunicorn: from its file, or a flag.
struct GunicornOption {
    let line: Int
    /// As in the file: `graceful_timeout`.
    let name: String
    /// Texts in it have Martlet's form.
    let value: PythonValue
    let origin: String

    var isOn: Bool { ![.truth(false), .none, .int(0), .text("")].contains(value) }

    func text() throws(NotTaken) -> String {
        guard let word = value.word else { throw .not("it is not one text") }
        return word
    }

    /// One text or several, in a list or with commas between.
    func texts() throws(NotTaken) -> [String] {
        guard case .list(let items) = value else {
            guard try text().utf8.count <= 65_536 else { throw .not("it is longer than 64 KB") }
            return try text().split(separator: ",").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
        }
        guard items.count <= 1000 else { throw .not("it has more than 1000 elements") }
        var texts: [String] = []
        for item in items {
            guard case .text(let text) = item else { throw .not("it is not a list of texts") }
            texts.append(text)
        }
        return texts
    }

    func count(_ range: ClosedRange<Int>) throws(NotTaken) -> SketchValue {
        try ImportedNumber.count(try text(), range)
    }
    func seconds() throws(NotTaken) -> SketchValue { try ImportedNumber.seconds(try text()) }
    func bytes() throws(NotTaken) -> SketchValue { try ImportedNumber.bytes(try text()) }

    var isZero: Bool { value == .int(0) || value == .text("0") }
}

extension StringProtocol {
    var trimmingBlanks: String {
        var rest = Substring(self)
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
