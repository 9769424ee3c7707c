internal import HTTPTypes
public import MartletGateway

extension Request {
    /// The values of the query: `request.queryParameters["q"]`. Parsed on each access: keep the result if you need
    /// several values.
    public var queryParameters: FormValues {
        guard let query = head.query else { return FormValues() }
        // The limit on the request target bounds their number.
        return (try? FormValues(urlEncoded: Array(head.slice(query)), limit: .max)) ?? FormValues()
    }

    /// The cookies that the client sent (RFC 6265 section 4.2). If a name occurs twice, the first value is used.
    public var cookies: Cookies { Cookies(header: headers[.cookie] ?? "") }
}

/// The cookies of a request, by name.
public struct Cookies: Sendable {
    /// Names and values in the order they came.
    public let pairs: [(name: String, value: String)]

    init(header: String) {
        pairs = header.split(separator: ";").compactMap { part in
            guard let mark = part.firstIndex(of: "=") else { return nil }
            let name = Self.trim(part[..<mark])
            var value = Self.trim(part[part.index(after: mark)...])
            if value.count > 1, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            return name.isEmpty ? nil : (String(name), String(value))
        }
    }

    public subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
