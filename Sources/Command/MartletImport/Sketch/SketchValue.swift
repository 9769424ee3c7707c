/// A value of a configuration file of Martlet's, as it is written there.
///
/// Texts have Martlet's own form already: `${NAME}` stands for a variable of the environment, `${file:PATH}` for what is in a file, and
/// `$${` for the characters themselves.
enum SketchValue: Equatable {
    case text(String)
    case number(Int)
    case truth(Bool)

    /// In TOML.
    var written: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .truth(let isOn): isOn ? "true" : "false"
        }
    }

    /// A basic string of TOML 1.0.
    static func quoted(_ text: String) -> String {
        var written = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": written += "\\\""
            case "\\": written += "\\\\"
            case "\n": written += "\\n"
            case "\t": written += "\\t"
            case "\r": written += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                written += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: written.unicodeScalars.append(scalar)
            }
        }
        return written + "\""
    }

    /// A key as it is written in TOML: without quotes where it may be.
    static func key(_ text: String) -> String {
        let isBare = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isBare && !text.isEmpty ? text : quoted(text)
    }

    /// A text that comes from elsewhere and means nothing but its characters.
    static func literal(_ text: String) -> String { text.replacing("${", with: "$${") }
}
