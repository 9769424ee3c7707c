/// Why an answer cannot be used. The stream is reset, and the connection goes on.
package enum HTTP2AnswerFault: Error, Sendable, Hashable {
    /// A field that no answer may have, or not there, or with these bytes (RFC 9113 sections 8.2 and 8.3).
    case malformedField
    case invalidStatus
    case invalidLength
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)
    case tooManyInformational(limit: Int)
    /// There is no 101 in HTTP/2 (RFC 9113 section 8.6).
    case switched
    /// It ends with a head that no answer ends with.
    case endsEarly
    /// It is longer or shorter than announced, or its frames come in an order that is none.
    case stream(HTTP2Error)
}

extension HTTP2AnswerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedField: "a field of its head is malformed, or one that no answer over HTTP/2 may have"
        case .invalidStatus: "its status is not one number from 100 to 999"
        case .invalidLength: "its Content-Length is not one decimal number in the range of this server"
        case .headTooLarge(let limit): "its head is larger than the limit of \(limit) bytes"
        case .tooManyFields(let limit): "it has more than \(limit) header lines"
        case .tooManyInformational(let limit): "more than \(limit) informational answers came before it"
        case .switched: "it switches to another protocol, which HTTP/2 cannot"
        case .endsEarly: "it ends where an answer cannot end"
        case .stream(.protocol): "its body is not as long as it was announced, or its frames come in a wrong order"
        case .stream(let error): "its frames break a rule of HTTP/2 (\(error.name))"
        }
    }
}

/// What became of a request that gets no answer, or not all of it.
package enum HTTP2Loss: Error, Sendable, Hashable {
    /// The upstream has not begun it, so that it may be sent elsewhere, whatever its method is (RFC 9113 section 8.7).
    case refused
    /// The upstream has reset its stream, with this code.
    case reset(UInt32)
    case fault(HTTP2AnswerFault)

    /// The code of an RST_STREAM.
    init(code: UInt32) { self = code == HTTP2Error.refusedStream.rawValue ? .refused : .reset(code) }
}

extension HTTP2Loss: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused: "it takes no request at the moment"
        case .reset(let code): "it reset the request's stream (\(HTTP2Error.name(ofCode: code)))"
        case .fault(let fault): fault.description
        }
    }
}

/// Why a connection to an upstream is of no use.
package enum HTTP2ConnectionFault: Error, Sendable, Hashable {
    case broken(HTTP2Error)
    /// What it sends first is not HTTP/2.
    case otherProtocol
    case speaksHTTP1
}

extension HTTP2ConnectionFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .broken(.enhanceYourCalm): "it floods the connection with frames that say nothing"
        case .broken(let error): "it broke the rules of HTTP/2 (\(error.name))"
        case .otherProtocol: "it does not speak HTTP/2"
        case .speaksHTTP1: "it speaks HTTP/1.1; write http:// in its address"
        }
    }
}

extension HTTP2Error {
    /// As RFC 9113 section 7 writes it.
    package var name: String {
        switch self {
        case .none: "NO_ERROR"
        case .protocol: "PROTOCOL_ERROR"
        case .internal: "INTERNAL_ERROR"
        case .flowControl: "FLOW_CONTROL_ERROR"
        case .settingsTimeout: "SETTINGS_TIMEOUT"
        case .streamClosed: "STREAM_CLOSED"
        case .frameSize: "FRAME_SIZE_ERROR"
        case .refusedStream: "REFUSED_STREAM"
        case .cancel: "CANCEL"
        case .compression: "COMPRESSION_ERROR"
        case .connect: "CONNECT_ERROR"
        case .enhanceYourCalm: "ENHANCE_YOUR_CALM"
        case .inadequateSecurity: "INADEQUATE_SECURITY"
        case .http11Required: "HTTP_1_1_REQUIRED"
        }
    }

    package static func name(ofCode code: UInt32) -> String { HTTP2Error(rawValue: code)?.name ?? "code \(code)" }
}
