internal import Crypto

/// The secrets that values are signed and sealed with. The first one signs; all are tried to verify, so that a new one can
/// be put before the former one without anybody's session ending.
public struct KeyRing: Sendable {
    private let secrets: [SymmetricKey]

    /// As long as the key of AES-128: what is shorter can be guessed by whoever has one signed value.
    static let shortest = 16

    /// - Parameter secrets: texts such as `openssl rand -base64 32` prints, each of at least 16 bytes.
    public init(_ secrets: [String]) throws(KeyFault) {
        guard !secrets.isEmpty else { throw .none }
        for (index, secret) in secrets.enumerated() where secret.utf8.count < Self.shortest {
            throw .tooShort(number: index + 1, count: secret.utf8.count)
        }
        self.secrets = secrets.map { SymmetricKey(data: Array($0.utf8)) }
    }

    private init(_ secrets: [SymmetricKey]) { self.secrets = secrets }

    /// A secret that nobody knows: for tests and development, since all sessions end with the process.
    public static func random() -> KeyRing { KeyRing([SymmetricKey(size: .bits256)]) }

    /// A key for each secret that is good for one purpose only (HKDF, RFC 5869): a value that was signed for one is
    /// worth nothing for another.
    func keys(for purpose: String) -> [SymmetricKey] {
        secrets.map { secret in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret,
                salt: Array("martlet".utf8),
                info: Array(purpose.utf8),
                outputByteCount: 32
            )
        }
    }
}

extension KeyRing: CustomStringConvertible, CustomReflectable {
    /// Without the secrets, for logs.
    public var description: String { "\(secrets.count) secret\(secrets.count == 1 ? "" : "s")" }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why texts cannot be secrets.
public enum KeyFault: Error, Sendable, Hashable, CustomStringConvertible {
    case none
    case tooShort(number: Int, count: Int)

    public var description: String {
        switch self {
        case .none:
            "There is no secret to sign sessions with. Make one with `openssl rand -base64 32`, and keep it out of the "
                + "sources."
        case .tooShort(let number, let count):
            "Secret \(number) has \(count) bytes; at least \(KeyRing.shortest) are needed, and `openssl rand -base64 32` "
                + "prints a good one."
        }
    }
}
