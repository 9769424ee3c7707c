internal import HTTPTypes
internal import MartletBytes
public import MartletGateway
internal import NIOCore

/// An HTML page. Interpolated values are escaped, so that user input stays text:
///
///     HTML("<h1>Hello \(name)</h1>")
public struct HTML: ResponseConvertible, ExpressibleByStringInterpolation, Sendable, Equatable, CustomStringConvertible
{
    /// The markup.
    public let description: String

    public init(_ html: HTML) { self = html }

    /// Uses markup unchanged.
    public init(raw markup: String) { description = markup }

    public init(stringLiteral value: String) { description = value }

    public init(stringInterpolation: StringInterpolation) { description = stringInterpolation.markup }

    public func response(to request: Request) -> Response {
        Response(headers: Self.headers, body: .bytes(.init(string: description)))
    }

    private static let headers = Headers([(.contentType, "text/html; charset=utf-8")])

    /// Escapes the five characters that are special in markup; safe in elements and in quoted attributes.
    public static func escape(_ text: String) -> String {
        HTMLText.escape(text)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var markup = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: String) { markup += literal }

        /// Escapes the description of a value.
        public mutating func appendInterpolation(_ value: some Any) { markup += HTML.escape(String(describing: value)) }

        /// Nothing for nil.
        public mutating func appendInterpolation<Value>(_ value: Value?) {
            if let value { appendInterpolation(value) }
        }

        /// Markup is not escaped again.
        public mutating func appendInterpolation(_ html: HTML) { markup += html.description }

        /// Pieces of markup, one after the other.
        public mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { markup += piece.description }
        }

        /// Markup, unchanged.
        public mutating func appendInterpolation(raw markup: String) { self.markup += markup }
    }
}
