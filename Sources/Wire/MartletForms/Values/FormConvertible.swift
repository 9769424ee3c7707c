/// A type that the text of a form, of a query or of a cookie can be read as.
///
/// An enumeration of texts needs no more than the name of the protocol:
///
///     enum Order: String, CaseIterable, FormConvertible { case newest, oldest }
public protocol FormConvertible {
    /// Nil if the text is none of this type.
    init?(formText: String)

    /// What is expected, within a sentence: `a whole number`.
    static var formExpectation: String { get }
}

extension FormConvertible where Self: LosslessStringConvertible {
    public init?(formText: String) { self.init(formText) }

    public static var formExpectation: String { "of type \(Self.self)" }
}

extension FormConvertible where Self: RawRepresentable, RawValue: FormConvertible {
    public init?(formText: String) {
        guard let value = RawValue(formText: formText) else { return nil }
        self.init(rawValue: value)
    }

    public static var formExpectation: String { "of type \(Self.self)" }
}

extension FormConvertible where Self: RawRepresentable & CaseIterable, RawValue: FormConvertible {
    public static var formExpectation: String {
        "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }
}

extension String: FormConvertible {
    public init?(formText: String) { self = formText }

    public static var formExpectation: String { "text" }
}

extension Bool: FormConvertible {
    /// What a ticked box sends (`on`), and what people write.
    public init?(formText: String) {
        switch formText.lowercased() {
        case "on", "true", "1", "yes": self = true
        case "off", "false", "0", "no": self = false
        default: return nil
        }
    }

    public static var formExpectation: String { "\"true\" or \"false\"" }
}

extension FormConvertible where Self: FixedWidthInteger {
    public init?(formText: String) { self.init(formText, radix: 10) }

    public static var formExpectation: String {
        bitWidth >= 64 && isSigned ? "a whole number" : "a whole number from \(min) to \(max)"
    }
}

extension Int: FormConvertible {}
extension Int8: FormConvertible {}
extension Int16: FormConvertible {}
extension Int32: FormConvertible {}
extension Int64: FormConvertible {}
extension UInt: FormConvertible {}
extension UInt8: FormConvertible {}
extension UInt16: FormConvertible {}
extension UInt32: FormConvertible {}
extension UInt64: FormConvertible {}

extension FormConvertible where Self: BinaryFloatingPoint & LosslessStringConvertible {
    /// Decimal digits, as `<input type="number">` sends them: neither "nan" nor hexadecimal, which Swift would read.
    public init?(formText: String) {
        let isDecimal = formText.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isDecimal, let number = Self(formText), number.isFinite else { return nil }
        self = number
    }

    public static var formExpectation: String { "a number" }
}

extension Double: FormConvertible {}
extension Float: FormConvertible {}
