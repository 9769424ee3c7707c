import CCrypt
import Glibc
import MartletBytes

/// A password as it is kept: text of crypt(3).
///
/// bcrypt, as `htpasswd -B` and `martlet hash-password` make it, yescrypt (`$y$`) and SHA-crypt (`$5$`, `$6$`). Others are
/// refused: the MD5 of `htpasswd` without `-B` and the DES of old are found by trying.
package struct PasswordHash: Sendable, Hashable {
    package let text: String

    /// bcrypt's cost for new ones: about a quarter of a second. OWASP asks for at least 10; `htpasswd -B` takes 5.
    package static let cost = 12

    /// - Throws: ``PolicyError``.
    package init(parsing text: String) throws(PolicyError) {
        let known = ["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"]
        guard known.contains(where: text.hasPrefix) else { throw PolicyError(Self.problem(of: text)) }
        // The settings are checked by the library, and so is the alphabet; a password that is empty does for that.
        guard text.utf8.count < 384, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
            !text.hasPrefix("$2") || Self.isBcrypt(text)
        else { throw PolicyError("it is no hash of crypt(3), or not a whole one; martlet hash-password makes one") }
        self.text = text
    }

    /// `$2b$12$`, 22 characters of salt and 31 of the hash. A cost above 16 takes seconds for each try.
    private static func isBcrypt(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, bytes[6] == UInt8(ascii: "$"), let cost = DecimalText.value(of: bytes[4..<6]) else {
            return false
        }
        let alphabet = bytes[7...].allSatisfy {
            ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/")
        }
        return (4...16).contains(cost) && alphabet
    }

    private static func problem(of text: String) -> String {
        let advice = "martlet hash-password and htpasswd -B make good ones"
        if text.hasPrefix("$apr1$") || text.hasPrefix("$1$") {
            return "it is an MD5 hash, which is found by trying; \(advice)"
        }
        if text.hasPrefix("{SHA}") { return "it is a bare SHA-1, which is found by trying; \(advice)" }
        return "it is no hash, or one that is found by trying; passwords are not kept as they are: \(advice)"
    }

    /// Whether a password is this one. It takes as long as the hash says: never on a loop.
    func matches(_ password: [UInt8]) -> Bool {
        guard let computed = Self.crypt(password, text) else { return false }
        return ConstantTime.equals(Array(computed.utf8), Array(text.utf8))
    }

    /// A new hash with a random salt.
    ///
    /// - Throws: ``PolicyError`` for a password that bcrypt would cut off.
    package static func make(of password: [UInt8], cost: Int = cost) throws(PolicyError) -> PasswordHash {
        guard !password.isEmpty else { throw PolicyError("the password is empty") }
        guard password.count <= 72 else {
            throw PolicyError("the password is longer than 72 bytes; bcrypt does not look further")
        }
        guard !password.contains(0) else { throw PolicyError("the password has a NUL in it") }
        var setting = [CChar](repeating: 0, count: 192)
        guard crypt_gensalt_rn("$2b$", UInt(clamping: cost), nil, 0, &setting, Int32(setting.count)) != nil,
            let text = crypt(
                password,
                String(decoding: setting.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            )
        else { throw PolicyError("the system's crypt(3) could not make a hash") }
        return try PasswordHash(parsing: text)
    }

    private static func crypt(_ password: [UInt8], _ setting: String) -> String? {
        guard !password.contains(0) else { return nil }
        // 32 KB, too much for the stack of a small thread.
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { data.deallocate() }
        memset(data, 0, MemoryLayout<crypt_data>.size)
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        guard let result = crypt_rn(phrase, setting, data, Int32(MemoryLayout<crypt_data>.size)) else { return nil }
        return String(cString: result)
    }
}

/// Comparison that takes as long for a wrong guess as for a good one.
enum ConstantTime {
    static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
