import HTTPTypes
import Testing

@testable import MartletGateway

@Suite struct HeadersTests {
    @Test("Order and duplicates are kept; setting replaces")
    func lines() {
        var headers = Headers([(.setCookie, "a=1"), (.location, "/"), (.setCookie, "b=2")])
        #expect(headers.values(for: .setCookie) == ["a=1", "b=2"])
        #expect(headers[.location] == "/")
        headers[.location] = "/x: y"
        #expect(headers.pairs.map(\.name) == ["Set-Cookie", "Set-Cookie", "Location"])
        #expect(headers[.location] == "/x: y")
        headers[.setCookie] = nil
        #expect(String(decoding: headers.block, as: UTF8.self) == "Location: /x: y\r\n")
        #expect(headers.fault == nil)
    }

    static let faulty: [(String, String)] = [
        ("a b", "c"), ("", "c"), ("a:", "c"), ("a\r\nb", "c"), ("ä", "c"), ("a", "b\r\nc: d"), ("a", "b\nc"),
        ("a", "b\u{0}"),
    ]

    @Test("What would end its line is not kept, and is known", arguments: faulty)
    func fault(_ name: String, _ value: String) {
        var headers = Headers()
        headers.append(name, value)
        #expect(headers.block.isEmpty)
        #expect(headers.fault != nil)
    }
}
