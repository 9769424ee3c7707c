import MartletBytes
import Testing

@Suite struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private static func ids(_ text: String) -> [String]? {
        Array(text.utf8).withUnsafeBytes { bytes in
            TraceParent(bytes).map { [$0.traceID, $0.spanID].map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    @Test(
        "Values that are valid",
        arguments: [
            "00-\(trace)-\(span)-01", "00-\(trace)-\(span)-00", "00-\(trace)-\(span)-ff", "01-\(trace)-\(span)-01",
            "fe-\(trace)-\(span)-01-what-comes-later", "cc-\(trace)-\(span)-01-",
        ]
    )
    func valid(_ text: String) { #expect(Self.ids(text) == [Self.trace, Self.span]) }

    @Test(
        "Values that are not",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-01-",
            "00-\(trace)-\(span)-01-x",
            "ff-\(trace)-\(span)-01", "01-\(trace)-\(span)-01x", "0-\(trace)-\(span)-01", "000-\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "0A-\(trace)-\(span)-01",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace.dropLast())g-\(span)-01", "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01",
            "00-\(trace)-\(span)_01",
            "00-\(trace)-\(span)-0G", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ",
            "00-\(trace)-\(span)-01,00-\(trace)-\(span)-01",
        ]
    )
    func invalid(_ text: String) { #expect(Self.ids(text) == nil) }

    @Test("A new one is valid, and another one each time")
    func new() {
        let (one, other) = (TraceParent.new(), TraceParent.new())
        #expect(Self.ids(one) != nil)
        #expect(one != other)
    }
}
