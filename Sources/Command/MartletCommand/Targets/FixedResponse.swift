import HTTPTypes
import MartletGateway
import NIOCore

/// Answers every request with the same text.
struct FixedResponse: Sendable {
    var text = "" { didSet { settle() } }
    var status = 200 { didSet { settle() } }
    var contentType = "text/plain; charset=utf-8" { didSet { settle() } }
    /// Made once for all requests.
    private var response = Response()

    init() { settle() }

    private mutating func settle() {
        response = Response(
            status: HTTPResponse.Status(number: status),
            headers: Headers([(.contentType, contentType)]),
            body: .bytes(ByteBuffer(string: text))
        )
    }
}

extension FixedResponse: FixedTarget {
    var summary: String { "respond with \(status)" }

    func begin(_ request: Request, for exchange: any Exchange) { exchange.complete(response) }
}
