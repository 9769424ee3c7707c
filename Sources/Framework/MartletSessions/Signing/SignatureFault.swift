/// Why a signed or sealed text is not taken for what it says. It is for the log: the client sent it and is told nothing.
public enum SignatureFault: Error, Sendable, Hashable {
    /// It has not the form of such a text.
    case malformed
    /// It was changed, made for another purpose, or made with a secret that is not in the key ring any more.
    case badSignature
    /// Seconds.
    case expired(age: Int, maximum: Int)
    /// Seconds: the clocks of servers differ, or that of this one was put back.
    case fromTheFuture(by: Int)
}

extension SignatureFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "it has not the form of a signed text"
        case .badSignature: "it was changed, or signed with another secret or for another purpose"
        case .expired(let age, let maximum): "it is \(age) seconds old, and good for \(maximum)"
        case .fromTheFuture(let seconds): "it was signed \(seconds) seconds in the future"
        }
    }
}
