/// Why a session cannot be kept: a mistake of the application.
public enum SessionFault: Error, Sendable, Hashable {
    case tooLarge(count: Int, limit: Int)
    case tooLargeForStore(count: Int, limit: Int)
    case notANumber(String)
    case cookie(String)

    /// Whether it has too much in it: the answer is right then, and the session is what it was before.
    package var isSize: Bool {
        switch self {
        case .tooLarge, .tooLargeForStore: true
        case .notANumber, .cookie: false
        }
    }
}

extension SessionFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let count, let limit):
            "The session has \(count) bytes as a cookie; browsers drop those of more than \(limit). Keep the data in a "
                + "SessionStore on the server, or only its key in the session."
        case .tooLargeForStore(let count, let limit):
            "The session has \(count) bytes, and \(limit) are allowed. Keep the data elsewhere, and only its key in the "
                + "session."
        case .notANumber(let name):
            "The session's value \"\(name)\" is a number that is infinite or none; it cannot be kept."
        case .cookie(let text): text
        }
    }
}
