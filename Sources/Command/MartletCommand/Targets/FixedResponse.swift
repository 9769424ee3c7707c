import HTTPTypes
import MartletGateway
import NIOCore

/// Answers every request with the same text.
struct FixedResponse: Sendable {
    var text = ""
    var status = 200
    var contentType = "text/plain; charset=utf-8"
}

extension FixedResponse: FixedTarget {
    var summary: String { "respond with \(status)" }

    func begin(_ request: Request, for exchange: any Exchange) {
        exchange.complete(
            Response(
                status: HTTPResponse.Status(number: status),
                headers: Headers([(.contentType, contentType)]),
                body: .bytes(ByteBuffer(string: text))
            )
        )
    }
}
