internal import HTTPTypes
public import MartletForms
public import MartletGateway

/// What is wrong with what a client has sent. In development the answer says it; in production it has the name of the status alone,
/// and the log has the reason.
public protocol ClientFault: ResponseError, CustomStringConvertible {
    /// 400 and above.
    var status: Int { get }
    /// Fields that the answer has in any case, such as `WWW-Authenticate`.
    var headers: Headers { get }
}

extension ClientFault {
    public var headers: Headers { Headers() }

    /// The quiet answer.
    public var response: Response { Abort(HTTPResponse.Status(code: status), headers: headers).response }
}

extension FormFault: ClientFault {}
extension ValueFault: ClientFault {}
extension MissingFile: ClientFault {}

/// A request that is refused, such as for a body that cannot be read as what it should be.
struct RequestFault: ClientFault {
    let status: Int
    let description: String
}
