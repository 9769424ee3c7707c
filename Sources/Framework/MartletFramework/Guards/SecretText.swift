internal import Crypto

/// A text that is compared without the time saying how much of it was right: passwords of machines, tokens. It is kept as its
/// SHA-256, and shows nothing in logs. People's passwords need a slow hash instead.
public struct SecretText: Sendable {
    private let hash: SHA256.Digest

    public init(_ text: String) { hash = SHA256.hash(data: Array(text.utf8)) }

    /// Whether it is this text. Digests have one length, and swift-crypto compares them in constant time.
    public func matches(_ text: String) -> Bool { SHA256.hash(data: Array(text.utf8)) == hash }
}

extension SecretText: CustomStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
