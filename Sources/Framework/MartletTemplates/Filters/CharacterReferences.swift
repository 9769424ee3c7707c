/// HTML's references to characters: `&amp;`, `&#39;`. Of the names, those of HTML 4 that texts have; Python knows 2,231.
enum CharacterReferences {
    /// Names that browsers know without a semicolon too.
    private static let legacy: [String: UInt32] = {
        var names: [String: UInt32] = [
            "amp": 38, "lt": 60, "gt": 62, "quot": 34, "AMP": 38, "LT": 60, "GT": 62, "QUOT": 34,
        ]
        let latin1 = """
            nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro \
            para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil \
            Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
            Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
            igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute \
            thorn yuml
            """
        for (offset, name) in latin1.split(separator: " ").enumerated() { names[String(name)] = 0xA0 + UInt32(offset) }
        return names
    }()

    private static let named: [String: UInt32] = [
        "apos": 39, "OElig": 338, "oelig": 339, "Scaron": 352, "scaron": 353, "Yuml": 376, "fnof": 402, "circ": 710,
        "tilde": 732,
        "ensp": 8194, "emsp": 8195, "thinsp": 8201, "zwnj": 8204, "zwj": 8205, "lrm": 8206, "rlm": 8207, "ndash": 8211,
        "mdash": 8212, "lsquo": 8216, "rsquo": 8217, "sbquo": 8218, "ldquo": 8220, "rdquo": 8221, "bdquo": 8222,
        "dagger": 8224,
        "Dagger": 8225, "bull": 8226, "hellip": 8230, "permil": 8240, "prime": 8242, "Prime": 8243, "lsaquo": 8249,
        "rsaquo": 8250,
        "euro": 8364, "trade": 8482, "larr": 8592, "uarr": 8593, "rarr": 8594, "darr": 8595, "harr": 8596,
        "minus": 8722,
        "infin": 8734, "asymp": 8776, "ne": 8800, "le": 8804, "ge": 8805, "check": 10003, "star": 9734, "hearts": 9829,
        "alpha": 945, "beta": 946, "gamma": 947, "delta": 948, "epsilon": 949, "lambda": 955, "mu": 956, "pi": 960,
        "sigma": 963,
        "omega": 969, "Omega": 937, "sum": 8721, "prod": 8719, "radic": 8730, "part": 8706, "int": 8747, "loz": 9674,
    ]

    /// What Windows has for numbers that are control characters in Unicode.
    private static let windows: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
        0x017E, 0x0178,
    ]

    static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var (result, rest) = (String.UnicodeScalarView(), Array(text.unicodeScalars)[...])
        while let scalar = rest.popFirst() {
            guard scalar == "&", let (characters, length) = reference(rest) else {
                result.append(scalar)
                continue
            }
            result.append(contentsOf: characters.unicodeScalars)
            rest = rest.dropFirst(length)
        }
        return String(result)
    }

    /// What stands for the reference behind the `&`, and how long that is.
    private static func reference(_ rest: ArraySlice<Unicode.Scalar>) -> (String, Int)? {
        if rest.first == "#" { return number(rest.dropFirst()) }
        let name = rest.prefix(32).prefix { scalar in
            !["\t", "\n", "\u{0C}", " ", "<", "&", "#", ";"].contains(scalar)
        }
        let word = String(String.UnicodeScalarView(name))
        if rest.dropFirst(name.count).first == ";", let found = legacy[word] ?? named[word] {
            return character(found, name.count + 1)
        }
        for length in stride(from: name.count, to: 1, by: -1) {
            let start = String(String.UnicodeScalarView(name.prefix(length)))
            if let found = legacy[start] { return character(found, length) }
        }
        return nil
    }

    private static func character(_ number: UInt32, _ length: Int) -> (String, Int)? {
        Unicode.Scalar(number).map { (String($0), length) }
    }

    private static func number(_ rest: ArraySlice<Unicode.Scalar>) -> (String, Int)? {
        let isHexadecimal = rest.first == "x" || rest.first == "X"
        let radix = isHexadecimal ? 16 : 10
        let digits = rest.dropFirst(isHexadecimal ? 1 : 0).prefix { $0.isASCII && Int(String($0), radix: radix) != nil }
        guard !digits.isEmpty else { return nil }
        var length = 1 + (isHexadecimal ? 1 : 0) + digits.count
        if rest.dropFirst(length - 1).first == ";" { length += 1 }
        guard let number = UInt32(String(String.UnicodeScalarView(digits)), radix: radix) else {
            return ("\u{FFFD}", length)
        }
        if (0x80..<0xA0).contains(number) { return character(windows[Int(number - 0x80)], length) }
        switch number {
        case 0: return ("\u{FFFD}", length)
        case 0x0D: return ("\r", length)
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return ("", length)
        default: return Unicode.Scalar(number).map { (String($0), length) } ?? ("\u{FFFD}", length)
        }
    }
}
