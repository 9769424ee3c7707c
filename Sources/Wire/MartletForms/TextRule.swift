/// What becomes of bytes that are no UTF-8, in names and values.
///
/// Browsers send UTF-8, and nothing else can be stored in a `String`. The URL standard and Werkzeug replace what is
/// none of it by U+FFFD, so that an application stores damaged text and never hears of it. Here such a form is refused,
/// unless the application asks for the other.
public enum TextRule: Sendable, Hashable {
    case refused
    case replaced

    /// - Parameter place: where, for the sentence: `the value of "city"`.
    func text(
        _ bytes: some Collection<UInt8>,
        in place: @autoclosure () -> String
    ) throws(FormFault) -> String {
        guard self == .refused else { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidText(place()) }
        return text
    }
}
