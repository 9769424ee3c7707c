internal import MartletBytes

/// The charsets that text in forms is read in. Browsers send UTF-8, scripts ASCII, old clients ISO-8859-1; Werkzeug
/// reads the same.
enum FormCharset: Sendable {
    case utf8
    case latin1

    init?(_ name: some Collection<UInt8>) {
        if ASCIICase.equals(name, "utf-8") || ASCIICase.equals(name, "utf8") || ASCIICase.equals(name, "us-ascii")
            || ASCIICase.equals(name, "ascii")
        {
            self = .utf8
        } else if ASCIICase.equals(name, "iso-8859-1") || ASCIICase.equals(name, "latin1") {
            self = .latin1
        } else {
            return nil
        }
    }

    /// Nil if the bytes are not in this charset.
    func text(_ bytes: some Collection<UInt8>) -> String? {
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self)
        case .latin1:
            var text = ""
            for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
            return text
        }
    }
}
