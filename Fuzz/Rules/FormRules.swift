import MartletForms

/// What holds for all forms. The bytes are a Content-Type, a line end, an empty line, and the body, as in the corpus.
///
/// 1. However they are cut, the same values and files are read, and the same is wrong with them.
/// 2. No more is kept than the limits allow.
/// 3. What was accepted is read again as the same when it is written down.
enum FormRules {
    static let limits: FormLimits = {
        var limits = FormLimits()
        limits.values = 20
        limits.memory = 1000
        limits.partHead = 300
        limits.partFields = 5
        limits.file = 1500
        limits.body = 5000
        return limits
    }()

    static func check(_ bytes: [UInt8]) throws {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        let type = String(line.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "\r" && $0 != "\r\n" })
        let body = Array(bytes[end...].dropFirst(3))
        if MediaType(type)?.essence == "application/x-www-form-urlencoded" {
            try checkURLEncoded(body)
        } else if let boundary = try? MultipartBoundary(contentType: type) {
            try checkMultipart(body, boundary)
        }
    }

    private static func checkURLEncoded(_ body: [UInt8]) throws {
        for rule in [TextRule.refused, .replaced] {
            let whole = values([body[...]], rule)
            for pieces in Cuts.all(body) {
                try BrokenRule.unless(values(pieces, rule), is: whole, "the values depend on where they are cut")
            }
            guard case .success(let values) = whole else { continue }
            try BrokenRule.unless(values.pairs.count <= limits.values, "\(values.pairs.count) values")
            let again = try URLEncodedMachine.values(of: values.urlEncoded.utf8)
            try BrokenRule.unless(again, is: values, "values are not read as written")
        }
    }

    private static func values(_ pieces: [ArraySlice<UInt8>], _ rule: TextRule) -> Result<MultiValues, FormFault> {
        do throws(FormFault) {
            var machine = URLEncodedMachine(limits: limits, rule: rule)
            for piece in pieces { try machine.receive(piece) }
            return .success(try machine.finish())
        } catch {
            return .failure(error)
        }
    }

    private static func checkMultipart(_ body: [UInt8], _ boundary: MultipartBoundary) throws {
        let whole = ReadForm([body[...]], boundary)
        for pieces in Cuts.all(body) {
            try BrokenRule.unless(ReadForm(pieces, boundary), is: whole, "the parts depend on where they are cut")
        }
        try BrokenRule.unless(whole.parts.count <= limits.values, "\(whole.parts.count) parts")
        try BrokenRule.unless(whole.largest <= limits.memory + 1500, "\(whole.largest) bytes in a part")
        let kept = whole.parts.reduce(0) { $0 + ($1.head.isFile ? 0 : $1.bytes.count) + $1.head.name.utf8.count }
        try BrokenRule.unless(kept <= limits.memory, "\(kept) bytes are kept")
        guard whole.fault == nil, let unused = MultipartBoundary(Array("no-body-has-this".utf8)) else { return }
        // Names are longer where they are escaped.
        let again = ReadForm([whole.written(unused)[...]], unused, FormLimits())
        try BrokenRule.unless(again.fault == nil, "a form is not read again: \(String(describing: again.fault))")
        try BrokenRule.unless(again.parts.map(\.bytes), is: whole.parts.map(\.bytes), "data are not read as written")
        try BrokenRule.unless(again.parts.map(\.head.name), is: whole.parts.map(\.head.name), "names are not")
        try BrokenRule.unless(again.parts.map(\.head.isFile), is: whole.parts.map(\.head.isFile), "files are not")
    }
}

/// The parts of a form that are whole, up to its end or its fault.
private struct ReadForm: Equatable {
    struct Part: Equatable {
        let head: PartHead
        var bytes: [UInt8] = []
    }

    private(set) var parts: [Part] = []
    private(set) var fault: FormFault?
    /// The most bytes of a part that were told of, whole or not.
    private(set) var largest = 0

    static func == (a: ReadForm, b: ReadForm) -> Bool { a.parts == b.parts && a.fault == b.fault }

    init(
        _ pieces: [ArraySlice<UInt8>],
        _ boundary: MultipartBoundary,
        _ limits: FormLimits = FormRules.limits
    ) {
        do throws(FormFault) {
            var machine = MultipartMachine(boundary: boundary, limits: limits)
            var part: Part?
            for piece in pieces {
                var input = piece
                reading: while true {
                    switch try machine.next(from: &input) {
                    case .partBegan(let head): part = Part(head: head)
                    case .data(let bytes):
                        part?.bytes += bytes
                        largest = max(largest, part?.bytes.count ?? 0)
                    case .partEnded: if let part { parts.append(part) }
                    case .finished: continue reading
                    case .needsMore: break reading
                    }
                }
            }
            try machine.finish()
        } catch {
            fault = error
        }
    }

    /// As a browser writes it.
    func written(_ boundary: MultipartBoundary) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--".utf8) + boundary.bytes + Array("\r\nContent-Disposition: form-data; name=\"".utf8)
            body += Self.escaped(part.head.name)
            if part.head.isFile { body += Array("\"; filename=\"".utf8) }
            body += Array("\"\r\n\r\n".utf8) + part.bytes + Array("\r\n".utf8)
        }
        return body + Array("--".utf8) + boundary.bytes + Array("--".utf8)
    }

    private static func escaped(_ name: String) -> [UInt8] {
        name.utf8.flatMap { byte in
            switch byte {
            case UInt8(ascii: "\""): Array("%22".utf8)
            case UInt8(ascii: "\r"): Array("%0D".utf8)
            case UInt8(ascii: "\n"): Array("%0A".utf8)
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            default: [byte]
            }
        }
    }
}
