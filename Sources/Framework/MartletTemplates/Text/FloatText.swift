private import Glibc

/// Floating-point numbers as Python writes them.
enum FloatText {
    /// The shortest text that reads back as the same number; an exponent from 1e16 up and below 1e-4.
    static func repr(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let (digits, point) = shortest(number.magnitude)
        let sign = number.sign == .minus ? "-" : ""
        if point > -4, point <= 16 { return sign + fixed(digits, point) }
        let exponent = point - 1
        let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
        let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(size)"
    }

    /// The digits, and how many of them stand before the point. Swift finds the shortest digits too, but writes them
    /// differently.
    private static func shortest(_ number: Double) -> (digits: Substring, point: Int) {
        let text = number.description
        var digits = ""
        var point: Int?
        var exponent = 0
        for (offset, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "."): point = digits.utf8.count
            case UInt8(ascii: "e"):
                exponent =
                    Int(
                        text.utf8.dropFirst(offset + 1).reduce(into: "") {
                            $0.unicodeScalars.append(Unicode.Scalar($1))
                        }
                    ) ?? 0
            case UInt8(ascii: "0")...UInt8(ascii: "9") where exponent == 0 && !isAfterExponent(text, offset):
                digits.unicodeScalars.append(Unicode.Scalar(byte))
            default: break
            }
        }
        var place = (point ?? digits.utf8.count) + exponent
        var significant = Substring(digits)
        while significant.count > 1, significant.first == "0" {
            significant.removeFirst()
            place -= 1
        }
        while significant.count > 1, significant.last == "0" { significant.removeLast() }
        return significant == "0" ? ("0", 1) : (significant, place)
    }

    private static func isAfterExponent(_ text: String, _ offset: Int) -> Bool {
        text.utf8.prefix(offset).contains(UInt8(ascii: "e"))
    }

    private static func fixed(_ digits: Substring, _ point: Int) -> String {
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// What more digits would say nothing about: a `Double` has at most 1,074 behind the point and 309 before it.
    static let mostDigits = 1_100

    /// C's `%f`, `%e` or `%g` with so many digits, which Python's formatting is.
    static func format(_ number: Double, _ conversion: Character, digits: Int, isAlternate: Bool = false) -> String {
        if number.isNaN || number.isInfinite {
            let text = number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
            return conversion.isUppercase ? text.uppercased() : text
        }
        let pattern = "%\(isAlternate ? "#" : "").\(min(max(0, digits), mostDigits))\(conversion)"
        return withVaList([number]) { arguments in
            var buffer = [CChar](repeating: 0, count: 2 * mostDigits)
            let length = vsnprintf(&buffer, buffer.count, pattern, arguments)
            return String(
                decoding: buffer.prefix(max(0, min(Int(length), buffer.count - 1))).map { UInt8(bitPattern: $0) },
                as: UTF8.self
            )
        }
    }

    /// Python's `round(number, digits)`: of the exact value, and to even where it lies in the middle.
    static func round(_ number: Double, digits: Int) -> Double {
        guard number.isFinite else { return number }
        // Digits that a Double does not have cannot be rounded, and left of its first digit nothing is left.
        if digits > 323 { return number }
        if digits < -308 { return number.sign == .minus ? -0.0 : 0.0 }
        if digits >= 0 { return Double(format(number, "f", digits: digits)) ?? number }
        let scale = pow(10, Double(-digits))
        return (number / scale).rounded(.toNearestOrEven) * scale
    }

    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    /// What Python's `float()` reads.
    static func parse(_ text: String) -> Double? {
        let trimmed = StringOperations.strip(text)
        let bytes = Array(trimmed.utf8)
        // An underscore may stand between digits.
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < bytes.count, isDigit(bytes[index - 1]), isDigit(bytes[index + 1]) else {
                return nil
            }
        }
        let plain = String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        switch plain.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan", "+nan", "-nan": return .nan
        default: break
        }
        let allowed = plain.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
        guard allowed, !plain.isEmpty else { return nil }
        // Swift wants digits on both sides of the point; Python on one.
        var text = plain
        if text.hasSuffix(".") { text += "0" }
        guard plain != ".", plain != "+.", plain != "-." else { return nil }
        return Double(text) ?? Double(text.replacing(".", "0.", atStart: true))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}

extension String {
    /// `.5` and `-.5` with a zero before the point.
    fileprivate func replacing(_ old: String, _ new: String, atStart: Bool) -> String {
        if hasPrefix(old) { return new + dropFirst(old.count) }
        if hasPrefix("-" + old) || hasPrefix("+" + old) { return prefix(1) + new + dropFirst(1 + old.count) }
        if let exponent = firstIndex(where: { $0 == "e" || $0 == "E" }), self[..<exponent].hasSuffix(".") {
            return self[..<exponent] + "0" + self[exponent...]
        }
        return self
    }
}
