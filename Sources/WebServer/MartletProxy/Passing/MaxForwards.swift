import HTTPTypes
import MartletBytes
import MartletGateway
import NIOCore

/// How often a request may still be passed on (RFC 9110 section 7.6.2): for TRACE and OPTIONS alone, others have it as any field.
struct MaxForwards: Sendable, Equatable {
    /// What the request has said.
    let count: Int

    /// - Returns: nil where the request may be passed on as often as it likes.
    init?(_ head: RequestHead) {
        guard let method = Self.method(of: head), method != .other else { return nil }
        let values = head.fields.filter { Self.isNamed(head.slice($0.name)) }.map { head.slice($0.value) }
        guard values.count == 1, let value = values.first, let count = DecimalText.value(of: value) else { return nil }
        self.count = count
    }

    static func isNamed(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count == 12 && ASCIICase.equals(name, "max-forwards")
    }

    private enum Method {
        case trace, options, other
    }

    private static func method(of head: RequestHead) -> Method? {
        let name = head.slice(head.method)
        switch name.count {
        case 5: return name.elementsEqual("TRACE".utf8) ? .trace : .other
        case 7: return name.elementsEqual("OPTIONS".utf8) ? .options : .other
        default: return .other
        }
    }

    /// What the next one is told.
    var line: [UInt8] { Array("Max-Forwards: \(max(0, count - 1))\r\n".utf8) }

    /// The answer of this server, where the request may not go on: to TRACE what has come, without what could be secret
    /// (RFC 9110 section 9.3.8).
    func answer(to request: Request) -> Response? {
        guard count == 0 else { return nil }
        let head = request.head
        guard Self.method(of: head) == .trace else { return Response(status: .noContent) }
        var text = head.slice(head.method) + [0x20] + head.slice(head.target) + Array(" HTTP/1.1\r\n".utf8)
        for field in head.fields where Self.isShown(head.slice(field.name)) {
            text += head.slice(field.name) + Array(": ".utf8) + head.slice(field.value) + [13, 10]
        }
        let headers = Headers([(.contentType, "message/http")])
        return Response(status: .ok, headers: headers, body: .bytes(.init(bytes: text + [13, 10])))
    }

    private static func isShown(_ name: UnsafeRawBufferPointer) -> Bool {
        let shown: [StaticString] = ["host", "via", "max-forwards"]
        return shown.contains { ASCIICase.equals(name, 0..<name.count, $0) }
    }
}
