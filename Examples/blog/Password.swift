import Crypto
import CryptoExtras
import Foundation

/// Passwords as the database has them: scrypt (RFC 7914) with a salt of its own for each, as `salt$hash` in base64.
enum Password {
    /// What OWASP recommends for a server: 32 MiB and about a tenth of a second for each guess.
    private static let rounds = 1 << 15

    static func hash(_ password: String) async throws -> String {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        let hash = try await derive(password, salt)
        return salt.base64EncodedString() + "$" + hash.base64EncodedString()
    }

    /// Whether a password is that of a hash. Without a hash it takes as long, so that nobody finds out which names there are.
    static func matches(_ password: String, _ hash: String?) async throws -> Bool {
        let parts = hash.map { $0.split(separator: "$").compactMap { Data(base64Encoded: String($0)) } } ?? []
        guard parts.count == 2 else {
            _ = try await derive(password, Data(count: 16))
            return false
        }
        // Digests of one length are compared in constant time.
        return SHA256.hash(data: try await derive(password, parts[0])) == SHA256.hash(data: parts[1])
    }

    /// On a thread of its own: the event loop has other requests to answer meanwhile.
    private static func derive(_ password: String, _ salt: Data) async throws -> Data {
        try await Task.detached {
            let key = try KDF.Scrypt.deriveKey(
                from: Data(password.utf8),
                salt: salt,
                outputByteCount: 32,
                rounds: rounds,
                blockSize: 8,
                parallelism: 1,
                maxMemory: 64 << 20
            )
            return key.withUnsafeBytes { Data($0) }
        }.value
    }
}
