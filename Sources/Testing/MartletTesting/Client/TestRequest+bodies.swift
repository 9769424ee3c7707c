internal import FoundationEssentials
public import HTTPTypes
internal import MartletBytes
internal import NIOCore

/// Requests with the bodies that applications get.
extension TestRequest {
    /// A value as JSON.
    ///
    /// - Throws: `EncodingError`.
    public static func json(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ value: some Encodable,
        headers: [(HTTPField.Name, String)] = []
    ) throws -> TestRequest {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(value))
        return TestRequest(method, target, headers: headers + [(.contentType, "application/json")], body: .bytes(body))
    }

    /// A form, as a browser sends it: as `multipart/form-data` if it has files, else url-encoded.
    public static func form(
        _ method: HTTPRequest.Method,
        _ target: String,
        _ values: KeyValuePairs<String, String>,
        files: [TestFile] = [],
        headers: [(HTTPField.Name, String)] = []
    ) -> TestRequest {
        let (type, body) = files.isEmpty ? urlEncoded(values) : multipart(values, files)
        return TestRequest(method, target, headers: headers + [(.contentType, type)], body: .bytes(body))
    }

    private static func urlEncoded(_ values: KeyValuePairs<String, String>) -> (String, ByteBuffer) {
        func encode(_ text: String) -> String {
            PercentEncoding.encode(text.utf8, keeping: PercentEncoding.isUnreserved)
        }
        let pairs = values.map { "\(encode($0.key))=\(encode($0.value))" }
        return ("application/x-www-form-urlencoded", ByteBuffer(string: pairs.joined(separator: "&")))
    }

    private static func multipart(_ values: KeyValuePairs<String, String>, _ files: [TestFile]) -> (String, ByteBuffer)
    {
        // Chance sees to it that no content has it.
        let boundary =
            "----martlet-\(Hex.text(UInt32.random(in: 1 << 28...UInt32.max)))\(Hex.text(UInt32.random(in: 1 << 28...UInt32.max)))"
        var body = ByteBuffer()
        for (name, value) in values {
            body.writeString(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(quoted(name))\"\r\n\r\n\(value)\r\n"
            )
        }
        for file in files {
            body.writeString(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(quoted(file.name))\"; filename=\"\(quoted(file.fileName))\"\r\nContent-Type: \(file.contentType)\r\n\r\n"
            )
            body.writeImmutableBuffer(file.content)
            body.writeString("\r\n")
        }
        body.writeString("--\(boundary)--\r\n")
        return ("multipart/form-data; boundary=\(boundary)", body)
    }

    /// As the HTML standard writes names (section 4.10.21.8).
    private static func quoted(_ name: String) -> String {
        var text = ""
        for character in name.unicodeScalars {
            switch character {
            case "\r": text += "%0D"
            case "\n": text += "%0A"
            case "\"": text += "%22"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
