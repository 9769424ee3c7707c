internal import Crypto
internal import MartletBytes

/// What the browser has of a session that is stored here: 256 random bits.
package struct SessionID: Sendable, Hashable {
    package let bytes: [UInt8]

    static let length = 32

    package init() {
        var random = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// What the store has it under: whoever reads the store cannot make a cookie of it.
    package var storeKey: String { Base64URL.encode(SHA256.hash(data: bytes)) }
}
