/// The text that is being rendered.
struct Output {
    private(set) var bytes: [UInt8] = []
    /// In bytes.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Text of the template, or what is HTML already.
    mutating func writeRaw(_ raw: [UInt8]) throws {
        raw.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        try check()
    }

    mutating func writeRaw(_ text: String) throws {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { bytes.append(contentsOf: $0) }
        if isDone == nil { bytes.append(contentsOf: text.utf8) }
        try check()
    }

    /// A value, escaped unless it is safe.
    mutating func write(_ value: TemplateValue) throws {
        switch value {
        case .string(let text): HTMLEscaping.append(text, to: &bytes)
        case .safe(let text): return try writeRaw(text)
        case .int(let number): write(number)
        case .undefined: return
        case .object(let object) where object.isSafe: return try writeRaw(object.text)
        default: HTMLEscaping.append(ValueText.str(value), to: &bytes)
        }
        try check()
    }

    private mutating func write(_ number: Int) {
        if number >= 0, number < 10 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: number))
        } else {
            bytes.append(contentsOf: String(number).utf8)
        }
    }

    private func check() throws {
        guard bytes.count <= limit else {
            throw TemplateProblem("the text is longer than \(limit) bytes (TemplateLimits.output)", kind: .limit)
        }
    }
}
