import MartletBytes

/// The path of a request as the name of a file below the folder: a pure function of bytes.
///
/// The rules:
///
/// 1. Each byte is percent-decoded once. `%252e` is the three characters `%2e`.
/// 2. Only a slash that was sent as a slash separates names. `%2F` is part of none, so there is no such file.
/// 3. Names that are empty, `.` or `..` are those of no file: nothing is resolved or merged, and the rules of a site see the path
///    that is looked up. So a redirect can never begin with two slashes either.
/// 4. A name with a NUL is that of no file. Any other byte may be in one, also a backslash and what is no UTF-8.
/// 5. A name that begins with a dot is hidden, unless that is allowed; `.well-known` at the top is not (RFC 8615).
package struct FilePath: Equatable {
    /// Decoded, without the first slash and the last one; empty for the folder itself.
    let name: [UInt8]
    /// Whether it ends with a slash, as the path of a folder does.
    let isFolder: Bool

    /// The longest that the system takes (PATH_MAX, with its NUL).
    private static let longest = 4095

    /// Nil if it can be the path of nothing that is served. An empty path is the folder that the application is mounted
    /// at, without its slash.
    init?(_ path: some Collection<UInt8>, showsHidden: Bool) {
        guard path.first == UInt8(ascii: "/") || path.isEmpty else { return nil }
        var names = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        isFolder = !path.isEmpty && names.last?.isEmpty != false
        if names.last?.isEmpty == true { names.removeLast() }
        var decoded: [UInt8] = []
        for (index, raw) in names.enumerated() {
            let name = Array(raw).withUnsafeBytes(PercentEncoding.decoded)
            guard Self.isName(name),
                showsHidden || name.first != UInt8(ascii: ".")
                    || (index == 0 && name.elementsEqual(".well-known".utf8))
            else { return nil }
            if index > 0 { decoded.append(UInt8(ascii: "/")) }
            decoded += name
        }
        guard decoded.count <= Self.longest else { return nil }
        name = decoded
    }

    /// Whether a file or a folder below the served one can have this name, which is decoded.
    package static func isName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
            && !name.contains(UInt8(ascii: "/")) && !name.contains(0)
    }
}
