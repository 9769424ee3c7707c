import FoundationEssentials

@testable import MartletHTTP2

/// What the targets begin with: `Tests/Corpus`, and some of what has no files.
enum Seeds {
    static let folder =
        String(#filePath.prefix(upTo: #filePath.firstRange(of: "/Fuzz/Rules/")?.lowerBound ?? "".endIndex))
        + "/Tests/Corpus"

    /// All files of a folder, or those with an ending.
    static func files(_ name: String, _ ending: String?) -> [[UInt8]] {
        paths(name, ending).compactMap { FileManager.default.contents(atPath: $0).map(Array.init) }
    }

    /// The templates of the cases in `templates`.
    static func templates() -> [[UInt8]] {
        files("templates", ".cases").flatMap { file in
            var (found, isTemplate) = ([[Substring]](), false)
            for line in String(decoding: file, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("--- ") || line.hasPrefix("=== ") {
                    isTemplate = line.hasPrefix("--- file ")
                    if isTemplate { found.append([]) }
                } else if isTemplate {
                    found[found.count - 1].append(line)
                }
            }
            return found.map { Array($0.joined(separator: "\n").utf8) }
        }
    }

    private static func paths(_ name: String, _ ending: String?) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
        return names.filter { ending.map($0.hasSuffix) ?? true }.sorted().map { "\(folder)/\(name)/\($0)" }
    }

    /// The frames of `.hex` files: the lines behind the first two.
    static func hexadecimal(_ name: String) -> [[UInt8]] {
        files(name, ".hex").map { file in
            String(decoding: file, as: UTF8.self).split(separator: "\n").dropFirst(2)
                .flatMap { $0.split(separator: " ") }
                .flatMap { word in
                    let parts = word.split(separator: "*")
                    let times = parts.count > 1 ? Int(parts[1]) ?? 0 : 1
                    return Array(repeatElement(octets(parts[0]), count: times).joined())
                }
        }
    }

    private static func octets(_ digits: Substring) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
    }

    /// The blocks of the HTTP/2 corpus' HEADERS frames.
    static func headerBlocks() -> [[UInt8]] {
        hexadecimal("http2").compactMap { frames in
            guard frames.count > 9, frames[3] == 1 else { return nil }
            return Array(frames[9...].prefix(Int(frames[1]) << 8 | Int(frames[2])))
        }
    }

    /// Values of Range, of a file of 1000 bytes.
    static let ranges = [
        "bytes=0-", "bytes=-5", "bytes=0-0,-1", "bytes=1-2,4-5,7-8", "bytes=0-99,50-150,100-", "bytes=5-4", "items=0-1",
        "bytes=0-18446744073709551616", "bytes=9223372036854775807-9223372036854775808", "bytes= 1-2 , ,3-4",
        "bytes=" + (0..<64).map { "\($0 * 3)-\($0 * 3)" }.joined(separator: ","),
    ].map { [63, 0, 0, 0, 0, 0, 0, 7, 208] + Array($0.utf8) }

    static let names = [
        "example.com", "*.example.org", "EXAMPLE.com.", "example.com:443", "[::1]:80", "192.0.2.1", "2001:db8::1",
        "::ffff:192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "/a/b.txt", "/%2e%2e/canary", "/a/..%2fb",
        "/.git",
        "/.well-known/x", "/a%00b", "/%252e", "//a", "/a/", "%C0%AE", "v1.a:b", "xn--bcher-kva.example",
    ].map { Array($0.utf8) }

    /// Values of Cookie, Accept, Accept-Language and Content-Type, and names of files.
    static let fields = [
        "a=1; b=\"x \\073\\\"\"; c; =d; __Host-e=f", "text/html, application/json;q=0.5, text/*;q=0.1, */*;q=0",
        "text/plain;format=flowed;q=0.7, text/html;level=\"1,2\"", "de-AT, en;q=0.8, zh-Hant-TW;q=0.5, *;q=0.1",
        "multipart/form-data; boundary=\"a \\\"b\"; charset=utf-8", "C:\\Users\\ada\\..\\Plan (1).pdf",
        "../../etc/passwd",
        "COM1.txt", "Straße \u{202E} 中.png",
    ].map { Array($0.utf8) }

    /// A ClientHello with a name and a protocol, in one record and in two.
    static let hellos: [[UInt8]] = {
        let name: [UInt8] = [0, 0, 0, 11, 0, 9, 0, 0, 6] + Array("a.test".utf8)
        let protocols: [UInt8] = [0, 16, 0, 5, 0, 3, 2] + Array("h2".utf8)
        let extensions = name + protocols
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0, 0, UInt8(extensions.count)]
            + extensions
        let message = [1, 0, 0, UInt8(body.count)] + body
        let half = message.count / 2
        func record(_ part: ArraySlice<UInt8>) -> [UInt8] { [22, 3, 1, 0, UInt8(part.count)] + part }
        return [
            record(message[...]), record(message[..<half]) + record(message[half...]), Array("GET / HTTP/1.1".utf8),
        ]
    }()
}
