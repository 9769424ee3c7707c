import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import MartletHTTP1
import MartletPages
import NIOCore

/// Answers that are errors.
extension ServerExchange {
    func fail(_ error: any Error) {
        if let response = response(to: error) { complete(response) }
    }

    func response(to error: any Error) -> Response? {
        guard progress == .waiting else { return nil }
        if let fault = error as? any RequestRefusal ?? (error is IncompleteBody ? fault : nil) { return refusal(fault) }
        if let known = error as? any ResponseError {
            let response = known.response
            switch response.body {
            case .stream, .upgrade: return internalError("An error's own response has a streamed body: \(error)")
            default: return response
            }
        }
        // An error that follows from an incomplete body is not the application's failure.
        if let fault { return refusal(fault) }
        return internalError("The application failed: \(error)")
    }

    /// Answers a request that broke the protocol. The connection ends, since it is unknown where the next request
    /// begins.
    func refuse(_ fault: any RequestRefusal) { complete(refusal(fault)) }

    /// The answer to a request that broke the protocol; the reason goes to the log.
    private func refusal(_ fault: any RequestRefusal) -> Response {
        connection?.refuse(self)
        services.logger.info(
            "Request refused: \(fault)",
            metadata: ["client": "\(connection?.clientDescription ?? "unknown")", "request": "\(requestID)"]
        )
        var response = fault.response
        response.isFromServer = true
        return response
    }

    func internalError(_ message: String) -> Response {
        log(.error, message)
        return .failure(of: requestID, accept: RequestHeaders(head: head)[.accept])
    }

    /// What is sent in place of a response that cannot be sent as it is; nil for one that can.
    func instead(of response: Response) -> Response? {
        if let fault = response.headers.fault {
            return internalError("The application's response cannot be sent: \(fault)")
        }
        if case .upgrade = response.body { return nil }
        // There success would say that bytes of another protocol follow (RFC 8441 section 5). The method is CONNECT.
        if 200..<300 ~= response.status.code, connection?.isTunnel(self) == true { return .noTunnel }
        if 200...999 ~= response.status.code { return nil }
        return internalError(
            "The application's response cannot be sent: status \(response.status.code) is not that of an answer."
        )
    }
}

extension Response {
    /// The quiet page of a failure, which the log explains under the request's id.
    fileprivate static func failure(of request: RequestID, accept: String?) -> Response {
        let page = ErrorPage(status: 500, title: "Internal Server Error", request: "\(request)")
        let format = ErrorFormat(accept: accept)
        var response = Response(
            status: .internalServerError,
            headers: Headers([(.contentType, format.contentType), (.vary, "Accept")]),
            body: .bytes(ByteBuffer(string: page.rendered(as: format)))
        )
        if format == .html { response.headers.append("Content-Security-Policy", HTMLPage.policy) }
        response.isFromServer = true
        return response
    }

    fileprivate static let noTunnel: Response = {
        var response = Response.refusal(.methodNotAllowed, "There is no WebSocket here.")
        response.headers[.allow] = "GET, HEAD"
        return response
    }()
}
