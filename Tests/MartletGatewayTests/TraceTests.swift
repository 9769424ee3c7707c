import MartletGateway
import Testing

@Suite struct TraceTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func names(_ fields: [(String, String)], drops: Bool = false, creates: Bool = false) -> [String] {
        let head = RequestHead(method: "GET", target: "/", fields: fields + [("Accept", "*/*")])
        head.settleTrace(drops: drops, creates: creates)
        return head.fields.map { head.string($0.name) }
    }

    @Test("A valid one stays, with its state")
    func stays() {
        #expect(
            Self.names([("TraceParent", Self.valid), ("tracestate", "a=1")]) == ["TraceParent", "tracestate", "Accept"]
        )
        #expect(Self.names([("traceparent", Self.valid)], creates: true) == ["traceparent", "Accept"])
        #expect(Self.names([("traceparent", Self.valid), ("tracestate", "a=1")], drops: true) == ["Accept"])
    }

    @Test("What is not valid is removed, and so is a state alone")
    func removed() {
        #expect(Self.names([("traceparent", "x"), ("tracestate", "a=1")]) == ["Accept"])
        #expect(Self.names([("traceparent", Self.valid), ("traceparent", Self.valid)]) == ["Accept"])
        #expect(Self.names([("tracestate", "a=1")]) == ["Accept"])
        #expect(Self.names([]) == ["Accept"])
    }

    @Test("A new one takes its place where that is asked for")
    func created() {
        #expect(Self.names([("traceparent", "x")], creates: true) == ["Accept", "traceparent"])
        let head = RequestHead(method: "GET", target: "/", fields: [])
        head.settleTrace(drops: false, creates: true)
        #expect(head.traceID?.count == 32)
    }
}
