/// What breaks FastCGI, so that nothing more can be read from the connection. The description is what a line of the log says
/// behind "the peer".
package enum FastCGIFault: Error, Sendable, Hashable, CustomStringConvertible {
    case version(UInt8)
    /// A record whose content has another length than its type says.
    case length(FastCGIRecordType, Int)
    /// A record that has no place where it came.
    case unexpected(FastCGIRecordType)
    /// A record of a type that is not known, for a request.
    case unknownRecord(UInt8)
    /// A record for a request that there is not.
    case unknownRequest(UInt16)
    /// A request was begun again under the number of one that is open.
    case begunTwice(UInt16)
    /// Names and values do not end where their lengths say.
    case nameValues
    /// The connection ended in the middle of a request.
    case cutShort
    case bytesBehindEnd

    package var description: String {
        switch self {
        case .version(let number): "speaks no FastCGI 1: its record begins with the byte \(number)"
        case .length(let type, let count): "sent a record \(type) of \(count) bytes"
        case .unexpected(let type): "sent a record \(type) where there is none"
        case .unknownRecord(let number): "sent a record of the unknown type \(number) for a request"
        case .unknownRequest(let number): "sent a record for the request \(number), which there is not"
        case .begunTwice(let number): "began the request \(number), which is open"
        case .nameValues: "sent names and values that do not end where their lengths say"
        case .cutShort: "closed the connection in the middle of a request"
        case .bytesBehindEnd: "sent more than the answer"
        }
    }
}

extension FastCGIRecordType: CustomStringConvertible {
    /// Its name in the specification.
    package var description: String {
        switch self {
        case .beginRequest: "FCGI_BEGIN_REQUEST"
        case .abortRequest: "FCGI_ABORT_REQUEST"
        case .endRequest: "FCGI_END_REQUEST"
        case .params: "FCGI_PARAMS"
        case .stdin: "FCGI_STDIN"
        case .stdout: "FCGI_STDOUT"
        case .stderr: "FCGI_STDERR"
        case .data: "FCGI_DATA"
        case .getValues: "FCGI_GET_VALUES"
        case .getValuesResult: "FCGI_GET_VALUES_RESULT"
        case .unknownType: "FCGI_UNKNOWN_TYPE"
        }
    }
}
