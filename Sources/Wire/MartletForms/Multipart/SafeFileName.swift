/// A name for a file on this machine, made of the one that a client has sent. Like Werkzeug's `secure_filename`, but for
/// letters beyond ASCII, which stay.
public enum SafeFileName {
    /// The bytes of a name in the file systems of Linux.
    private static let longest = 255

    /// Without the client's folders, controls, invisible characters, and what shells, Windows and URLs take for
    /// something else: `C:\Users\ada\..\Plan (1).pdf` is `Plan_(1).pdf`. It begins with no dot and no hyphen.
    ///
    /// - Returns: nil if nothing is left, as of `..`. Two clients may send the same name: a file that is there already
    ///   is yours to find.
    public static func make(from clientName: String) -> String? {
        let base = clientName.unicodeScalars.reversed().prefix { $0 != "/" && $0 != "\\" }.reversed()
        var name = String.UnicodeScalarView()
        for scalar in base {
            let kept = replacement(of: scalar)
            guard let kept, !(kept == "_" && name.last == "_") else { continue }
            name.append(kept)
        }
        var rest = name.drop { $0 == "." || $0 == "-" || $0 == "_" }
        rest = withoutEnd(rest)
        guard !rest.isEmpty else { return nil }
        let text = shortened(String(rest))
        return isDevice(text) ? "_" + text : text
    }

    private static func replacement(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar {
        case "<", ">", ":", "\"", "|", "?", "*", "%", "&", ";", "$", "`", "'", "#", "!", "~": return "_"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return nil
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return "_"
        default: return scalar
        }
    }

    /// The ending stays, unless it is all there is.
    private static func shortened(_ name: String) -> String {
        // One byte for the underscore before a device.
        let room = longest - 1
        guard name.utf8.count > room else { return name }
        let dot = name.unicodeScalars.lastIndex(of: ".") ?? name.endIndex
        let ending = name[dot...].utf8.count <= 20 ? name[dot...] : ""
        var stem = String.UnicodeScalarView()
        var count = ending.utf8.count
        for scalar in name.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= room else { break }
            stem.append(scalar)
        }
        return ending.isEmpty ? String(withoutEnd(stem[...])) : String(stem) + ending
    }

    /// Windows drops dots at the end of a name.
    private static func withoutEnd(_ name: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var name = name
        while let last = name.last, last == "." || last == "_" { name.removeLast() }
        return name
    }

    /// Names that Windows takes for devices, whatever their ending.
    private static func isDevice(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }.uppercased()
        if ["CON", "PRN", "AUX", "NUL"].contains(stem) { return true }
        return stem.count == 4 && (stem.hasPrefix("COM") || stem.hasPrefix("LPT"))
            && stem.last.map { "0123456789".contains($0) } ?? false
    }
}
