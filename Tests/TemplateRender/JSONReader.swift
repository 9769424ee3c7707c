import MartletTemplates

/// JSON with the order of its keys kept. `{"$safe": "…"}` is safe text, `{"$tuple": […]}` a tuple,
/// `{"$function": "name"}` something to call.
struct JSONReader {
    enum Problem: Error { case invalid(at: Int) }

    private let bytes: [UInt8]
    private var at = 0

    static func value(of bytes: [UInt8]) throws -> TemplateValue {
        var reader = JSONReader(bytes: bytes)
        return try reader.value()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpaces() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func skips(_ text: String) -> Bool {
        guard bytes[at...].starts(with: text.utf8) else { return false }
        at += text.utf8.count
        return true
    }

    private mutating func value() throws -> TemplateValue {
        skipSpaces()
        switch current {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return .array(try list())
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        if skips("true") { return true }
        if skips("false") { return false }
        if skips("null") { return nil }
        return try number()
    }

    private mutating func number() throws -> TemplateValue {
        let start = at
        while let byte = current, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let integer = Int(text) { return .int(integer) }
        guard let number = Double(text) else { throw Problem.invalid(at: start) }
        return .double(number)
    }

    private mutating func list() throws -> [TemplateValue] {
        at += 1
        var elements: [TemplateValue] = []
        while true {
            skipSpaces()
            if skips("]") { return elements }
            if !elements.isEmpty, !skips(",") { throw Problem.invalid(at: at) }
            elements.append(try value())
        }
    }

    private mutating func object() throws -> TemplateValue {
        at += 1
        var dictionary = TemplateDictionary()
        while true {
            skipSpaces()
            if skips("}") { break }
            if dictionary.count > 0, !skips(",") { throw Problem.invalid(at: at) }
            skipSpaces()
            let key = try string()
            skipSpaces()
            guard skips(":") else { throw Problem.invalid(at: at) }
            dictionary[key] = try value()
        }
        if let text = dictionary["$safe"]?.string { return .safe(text) }
        if let name = dictionary["$function"]?.string { return Self.function(name) }
        if let elements = dictionary["$tuple"]?.sequence { return .tuple(elements) }
        return .dictionary(dictionary)
    }

    /// Says how it was called, as its namesake in `templates_corpus.py`.
    private static func function(_ name: String) -> TemplateValue {
        .function(name) { arguments in
            let positional = arguments.positional.map { "\($0)" }
            let keywords = arguments.keywords.map { "\($0.name)=\($0.value)" }
            return .string("/\(name)?" + (positional + keywords).joined(separator: "&"))
        }
    }

    private mutating func string() throws -> String {
        guard skips("\"") else { throw Problem.invalid(at: at) }
        var units: [UInt16] = []
        var text = ""
        func flush() -> String { String(decoding: units, as: UTF16.self) }
        var start = at
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                text += flush() + String(decoding: bytes[start..<at], as: UTF8.self)
                at += 1
                return text
            case UInt8(ascii: "\\"):
                if start < at {
                    text += flush() + String(decoding: bytes[start..<at], as: UTF8.self)
                    units = []
                }
                at += 1
                units.append(try escape())
                start = at
            default: at += 1
            }
        }
        throw Problem.invalid(at: at)
    }

    private mutating func escape() throws -> UInt16 {
        guard let letter = current else { throw Problem.invalid(at: at) }
        at += 1
        switch letter {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "u"):
            let digits = String(decoding: bytes[at...].prefix(4), as: UTF8.self)
            guard let unit = UInt16(digits, radix: 16) else { throw Problem.invalid(at: at) }
            at += 4
            return unit
        default: return UInt16(letter)
        }
    }
}
