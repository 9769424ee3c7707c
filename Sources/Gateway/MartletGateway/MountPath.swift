import MartletBytes

/// A path prefix that an application is mounted under: whole segments, percent-decoded.
///
/// 1. Matching works on the raw path, byte by byte: each byte is percent-decoded once, in place. `/sh%6fp` is `/shop`.
/// 2. The prefix ends where a segment ends: `/shop` covers `/shop` and `/shop/x`, but not `/shopping`.
/// 3. Only a slash that was sent as a slash separates segments: `/shop%2Fx` is one segment, and not below `/shop`.
/// 4. `.`, `..` and empty segments are segments like any other, encoded or not. Nothing is resolved, so a request never
///    leaves the mount that its first segments name: `/shop/../admin` belongs to `/shop`, and `//shop` does not.
package struct MountPath: Sendable, Hashable, CustomStringConvertible {
    /// The decoded bytes: empty for the root, else with a slash at the start and none at the end.
    private let bytes: [UInt8]

    /// How many segments it has; the path with the most wins.
    package let depth: Int

    /// Everything.
    package static let root = MountPath()

    private init() {
        bytes = []
        depth = 0
    }

    /// Reads `/shop`, `/shop/` (the same) or `/`; a percent sign encodes, as in a URL.
    package init(parsing text: String) throws(MountPathError) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw MountPathError(text: text, problem: "it must begin with a slash")
        }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        var bytes: [UInt8] = []
        for part in parts {
            let segment = Array(part.utf8).withUnsafeBytes(PercentEncoding.decoded)
            if segment.isEmpty { throw MountPathError(text: text, problem: "it has two slashes in a row") }
            if segment.contains(UInt8(ascii: "/")) {
                throw MountPathError(text: text, problem: "an encoded slash (%2F) separates nothing")
            }
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
                throw MountPathError(text: text, problem: "write the path without '\(part)'")
            }
            // Unencoded, these begin a query or a fragment, which are not part of a path.
            if let mark = part.first(where: { $0 == "?" || $0 == "#" }) {
                throw MountPathError(text: text, problem: "'\(mark)' cannot stand in a path")
            }
            if segment.contains(where: ASCII.isControl) {
                throw MountPathError(text: text, problem: "it has a control character in it")
            }
            bytes += [UInt8(ascii: "/")] + segment
        }
        self.bytes = bytes
        depth = parts.count
    }

    /// How many bytes of a raw path belong to this prefix; nil if the path is not below it.
    package func length(in path: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        for expected in bytes {
            guard let (byte, width) = PercentEncoding.byte(of: path, at: index), byte == expected else { return nil }
            if byte == UInt8(ascii: "/") && width > 1 { return nil }
            index &+= width
        }
        return index == path.count || path[index] == UInt8(ascii: "/") ? index : nil
    }

    /// The decoded path; `/` for the root.
    package var description: String { bytes.isEmpty ? "/" : String(decoding: bytes, as: UTF8.self) }
}

/// A text that is not a path to mount an application under.
package struct MountPathError: Error, Sendable, Equatable, CustomStringConvertible {
    package let text: String
    package let problem: String

    package var description: String {
        "\"\(text)\" is not the path of a route: \(problem). Write it like /shop, or / for everything."
    }
}
