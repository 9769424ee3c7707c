internal import CMartletWorker
internal import MartletBytes

/// Maps the name of a request header to its key in environ: `User-Agent` to the `str` `HTTP_USER_AGENT`.
///
/// Each name is turned into a key once in the life of the process and then found by its bytes; the table is bounded, so that
/// a client that makes up names only costs itself the formatting. Beside the key stands the value that came last: on a
/// kept-alive connection most values repeat byte for byte, and comparing is cheaper than making a `str`.
final class HeaderKeys {
    enum Role: UInt8 {
        case ordinary
        /// Cookie: several lines are joined with "; ".
        case cookie
        case contentType
        /// Its name has an underscore, which is passed on where that is allowed and where no line with a hyphen is.
        case underscored
        /// Not for the application: framing that the server has dealt with, `Proxy` (httpoxy, CVE-2016-5387), and, unless they
        /// are allowed, names with an underscore, which would be one with those that have a hyphen.
        case dropped
    }

    struct Key {
        var hash: UInt32
        var name: [UInt8]
        var key: PyObject
        var role: Role
        var value = CachedText()
        /// Values of these are as good as never repeated, or too secret to keep.
        var isCacheable: Bool
    }

    /// At most this many names are remembered. A browser sends about 20.
    static let capacity = 512
    private static let buckets = 1024
    private var table = [Int16](repeating: -1, count: buckets)
    private var keys: [Key] = []

    private let allowsUnderscores: Bool

    init(allowsUnderscores: Bool) {
        self.allowsUnderscores = allowsUnderscores
        keys.reserveCapacity(64)
    }

    /// The index of a name's key; nil where the table is full.
    func index(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        var hash: UInt32 = 2_166_136_261
        for byte in name { hash = (hash ^ UInt32(ASCIICase.lowercased(byte))) &* 16_777_619 }
        var bucket = Int(hash) & (Self.buckets - 1)
        while table[bucket] >= 0 {
            let index = Int(table[bucket])
            if keys[index].hash == hash, ASCIICase.equals(name, keys[index].name) { return index }
            bucket = (bucket + 1) & (Self.buckets - 1)
        }
        guard keys.count < Self.capacity, let key = make(name, hash: hash) else { return nil }
        keys.append(key)
        table[bucket] = Int16(keys.count - 1)
        return keys.count - 1
    }

    func role(_ index: Int) -> Role { keys[index].role }

    func key(_ index: Int) -> PyObject { keys[index].key }

    /// A new reference to the `str` of a value of this header.
    func value(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> PyObject? {
        keys[index].isCacheable ? keys[index].value.object(for: bytes) : latin1(bytes)
    }

    /// A key that the table does not remember. The caller owns its `str`.
    func make(_ name: UnsafeBufferPointer<UInt8>, hash: UInt32 = 0) -> Key? {
        let folded = name.map(ASCIICase.lowercased)
        let plain = String(decoding: folded, as: UTF8.self)
        let role: Role =
            switch CGIFieldRole(field: folded) {
            case .cookie: .cookie
            case .contentType: .contentType
            case .dropped: .dropped
            default: folded.contains(UInt8(ascii: "_")) ? underscoredRole(plain) : .ordinary
            }
        guard let key = CGIFieldRole.variable(for: folded).withUnsafeBufferPointer({ latin1($0) }) else { return nil }
        let isCacheable = role != .cookie && plain != "authorization" && !plain.hasPrefix("if-")
        return Key(hash: hash, name: folded, key: key, role: role, isCacheable: isCacheable)
    }

    /// What the server keeps for itself it keeps under every spelling.
    private func underscoredRole(_ name: String) -> Role {
        switch name {
        case "content_type", "content_length", "transfer_encoding": .dropped
        default: allowsUnderscores ? .underscored : .dropped
        }
    }
}
