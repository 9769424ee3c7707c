internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

extension TestClient: ConformanceTarget {
    public func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        let body: TestBody
        switch request.body {
        case .none: body = .none
        case .whole(let text): body = .text(text)
        case .pieces(let pieces): body = .pieces(pieces.map { ByteBuffer(string: $0) })
        }
        guard let method = HTTPRequest.Method(rawValue: request.method) else {
            throw InvalidRequest(text: request.method)
        }
        let headers = try request.headers.map { name, value in
            guard let name = HTTPField.Name(name) else { throw InvalidRequest(text: name) }
            return (name, value)
        }
        let response = try await send(TestRequest(method, request.target, headers: headers, body: body))
        return ConformanceResponse(
            status: response.status.code,
            headers: response.headers.pairs,
            body: response.body,
            isComplete: response.isComplete
        )
    }
}

/// A request has a method or a header name that is not a token.
struct InvalidRequest: Error {
    let text: String
}
