import HTTPTypes
import MartletBytes
import MartletGateway
import NIOCore

/// A listing for programs.
///
///     {"path": "/a/", "complete": true, "entries": [
///         {"name": "b.txt", "url": "./b.txt", "type": "file", "size": 5, "modified": "2026-11-29T08:00:00Z"}]}
extension FolderListing {
    /// Whether the client likes JSON better than a page.
    static func wantsJSON(_ head: RequestHead) -> Bool {
        withExtendedLifetime(head) {
            for field in head.fields where ASCIICase.equals(head.slice(field.name), "accept") {
                let value = head.slice(field.value)
                let json = QualityList.quality(of: "application/json", in: value) ?? 0
                return json > QualityList.quality(of: "text/html", in: value) ?? 0
            }
            return false
        }
    }

    var json: Response {
        var text: [UInt8] = Array(#"{"path": "/"#.utf8)
        Self.append(name + (name.isEmpty ? [] : [UInt8(ascii: "/")]), to: &text)
        text += Array(#"", "complete": \#(isComplete), "entries": ["#.utf8)
        for (index, entry) in entries.enumerated() {
            text += Array((index > 0 ? ",\n" : "\n").utf8) + Array(#"{"name": ""#.utf8)
            Self.append(entry.name, to: &text)
            text += Array(#"", "url": "\#(entry.reference)", "type": "\#(entry.isFolder ? "folder" : "file")""#.utf8)
            if !entry.isFolder { text += Array(#", "size": \#(entry.size)"#.utf8) }
            text += Array(#", "modified": "\#(entry.moment("T", "Z"))"}"#.utf8)
        }
        text += Array("\n]}\n".utf8)
        return Response(headers: Self.headers("application/json"), body: .bytes(ByteBuffer(bytes: text)))
    }

    private static func append(_ name: [UInt8], to text: inout [UInt8]) {
        name.withUnsafeBytes { JSONText.append($0, upTo: .max, to: &text) }
    }

    /// Nothing of a listing runs, and nothing of it comes from elsewhere.
    static func headers(_ type: String) -> Headers {
        Headers([
            (.contentType, type), (.cacheControl, "no-cache"), (.vary, "Accept"), (.xContentTypeOptions, "nosniff"),
            (.contentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"),
        ])
    }
}

extension FolderListing.Entry {
    /// `2026-11-29 08:00:00`, in UTC.
    func moment(_ between: String, _ zone: String) -> String {
        let time = CivilTime(secondsSince1970: modified)
        var clock: [UInt8] = []
        HTTPDate.appendTime(time, to: &clock)
        var date = Array("\(time.year)-".utf8)
        HTTPDate.appendTwo(time.month, to: &date)
        date.append(UInt8(ascii: "-"))
        HTTPDate.appendTwo(time.day, to: &date)
        return String(decoding: date, as: UTF8.self) + between + String(decoding: clock, as: UTF8.self) + zone
    }
}
