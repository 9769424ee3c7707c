import MartletGateway
import MartletHTTP1
import NIOCore

/// An answer as the client gets it.
extension UpstreamAnswer {
    /// An answer of a known length up to this size is passed on in one piece: it costs less, and if it breaks off the client
    /// gets a 502 instead of a part. nginx: `proxy_buffers 8 4k|8k`.
    private static let wholeBytes = 65_536

    /// Whether the client gets nothing before all of it is here.
    var isTakenWhole: Bool {
        switch body {
        case .none: true
        case .length(let length): length <= Self.wholeBytes
        case .unknown: false
        }
    }

    /// Nil where only the end tells.
    var length: Int? {
        switch body {
        case .none: 0
        case .length(let length): length
        case .unknown: nil
        }
    }

    /// The response with all of its body.
    func response(_ bytes: ByteBuffer, trailer: Headers?) -> Response {
        guard let trailer else {
            return Response(status: status, headers: headers, body: body == .none ? .empty : .bytes(bytes))
        }
        let body = Response.Body.stream(length: length) { writer in
            try await writer.write(bytes)
            await writer.setTrailer(trailer)
        }
        var response = Response(status: status, headers: headers, body: body)
        response.mayHaveTrailer = true
        return response
    }

    /// The response with a body that is still coming.
    func response(_ reader: AnswerReader, bufferLimit: Int?) -> Response {
        let body = Response.Body.stream(length: length) { try await reader.copy(to: $0) }
        var response = Response(status: status, headers: headers, body: body)
        response.bufferLimit = bufferLimit
        response.mayHaveTrailer = mayHaveTrailer
        return response
    }
}
