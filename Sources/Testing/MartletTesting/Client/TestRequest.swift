public import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// A request for a ``TestClient``.
public struct TestRequest: Sendable {
    public var method: HTTPRequest.Method
    /// Path and query, percent-encoded.
    public var target: String
    public var headers: [(name: HTTPField.Name, value: String)]
    public var body: TestBody
    /// The client goes away once it has got this many bytes of the body.
    public var disconnectsAfter: Int?

    public init(
        _ method: HTTPRequest.Method,
        _ target: String,
        headers: [(HTTPField.Name, String)] = [],
        body: TestBody = .none,
        disconnectsAfter: Int? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers.map { ($0.0, $0.1) }
        self.body = body
        self.disconnectsAfter = disconnectsAfter
    }

    /// The head as a codec would have written it, and the body with what feeds it.
    func message(on loop: any EventLoop) -> (head: RequestHead, body: RequestBody, source: PieceSource?) {
        var fields = headers.map { ($0.name.rawName, $0.value) }
        if !headers.contains(where: { $0.name.canonicalName == "host" }) {
            fields.insert(("Host", "localhost"), at: 0)
        }
        let message: RequestBody
        var source: PieceSource?
        switch body {
        case .none:
            message = .none
        case .bytes(let bytes):
            fields.append(("Content-Length", String(bytes.readableBytes)))
            message = .bytes(bytes)
        case .pieces(let pieces, let announced):
            let length = announced ? pieces.reduce(0) { $0 + $1.readableBytes } : nil
            fields.append(length.map { ("Content-Length", String($0)) } ?? ("Transfer-Encoding", "chunked"))
            let feeder = PieceSource(pieces, isBroken: false, loop: loop)
            message = RequestBody(.stream(feeder.makeStream(length: length)))
            source = feeder
        case .broken(let pieces):
            fields.append(("Transfer-Encoding", "chunked"))
            let feeder = PieceSource(pieces, isBroken: true, loop: loop)
            message = RequestBody(.stream(feeder.makeStream(length: nil)))
            source = feeder
        }
        let head = RequestHead(method: method.rawValue, target: target, fields: fields)
        return (head, message, source)
    }
}
