import HTTPTypes
import MartletBytes
import MartletGateway

/// What this server answers itself to a call of gRPC: a status of gRPC in the head of a 200, as a server of gRPC answers without a
/// message. Clients read no other status than that, and show no text of ours where it is missing.
enum RPCRefusal {
    /// The numbers of gRPC's `status.proto`.
    enum Code: Int {
        case unknown = 2
        case deadlineExceeded = 4
        case permissionDenied = 7
        case resourceExhausted = 8
        case unimplemented = 12
        case `internal` = 13
        case unavailable = 14
        case unauthenticated = 16

        /// As clients of gRPC read a status of HTTP (doc/http-grpc-status-mapping.md), and Envoy's `httpToGrpcStatus`.
        init(_ status: HTTPResponse.Status) {
            self =
                switch status.code {
                case 400: .internal
                case 401: .unauthenticated
                case 403: .permissionDenied
                case 404: .unimplemented
                case 431: .resourceExhausted
                case 429, 502, 503, 504: .unavailable
                default: .unknown
                }
        }
    }

    /// - Parameter type: the Content-Type of the call, which is that of its answer.
    static func response(_ code: Code, _ message: String, type: String) -> Response {
        var headers = Headers([(.contentType, type)])
        headers.append("grpc-status", "\(code.rawValue)")
        headers.append("grpc-message", PercentEncoding.encode(message.utf8) { $0 >= 0x20 && $0 < 0x7F && $0 != 0x25 })
        return Response(status: .ok, headers: headers)
    }
}

extension UpstreamFailure {
    /// What a client of gRPC is told. It tries again by itself what is `UNAVAILABLE`; what takes too long may have been done.
    var rpcCode: RPCRefusal.Code {
        switch self {
        case .takesNothing, .noAnswer, .pauses, .takesTooLong: .deadlineExceeded
        case .unreachable, .connectTooSlow, .fault, .refused, .queueTooSlow: .unavailable
        }
    }

    /// Without the status, which is said in a field of its own.
    var rpcMessage: String {
        switch status {
        case .gatewayTimeout: "The server behind this one did not answer in time."
        case .serviceUnavailable: "No server is free for this call at the moment."
        default: "The server behind this one gave no usable answer."
        }
    }
}

extension OutgoingRequest {
    /// The Content-Type of a call of gRPC.
    private var rpcType: String { request.headers[.contentType] ?? "application/grpc" }

    /// The answer to a request that has none of an upstream.
    func refusal(_ failure: UpstreamFailure) -> Response {
        isRPC ? RPCRefusal.response(failure.rpcCode, failure.rpcMessage, type: rpcType) : failure.response
    }

    /// An answer of this server, as its client understands it.
    func refusal(_ response: Response) -> Response {
        guard isRPC else { return response }
        return RPCRefusal.response(.init(response.status), "The call cannot be passed on.", type: rpcType)
    }
}
