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
    func refuse(_ fault: any RequestRefusal) {
        guard progress == .waiting else { return }
        let response = refusal(fault)
        // A head that could not be read does not say in which form.
        send(record.hasHead ? instead(of: response) ?? response : response)
    }

    /// The answer to a request that broke the protocol; the reason goes to the log.
    private func refusal(_ fault: any RequestRefusal) -> Response {
        connection?.refuse(self)
        services.logger.info(
            "Request refused: \(fault)",
            metadata: ["client": "\(connection?.clientDescription ?? "unknown")", "request": "\(requestID)"]
        )
        return fault.response
    }

    func internalError(_ message: String) -> Response {
        log(.error, message)
        return .failure(of: requestID, accept: RequestHeaders(head: head)[.accept])
    }

    /// What is sent in place of a response: what says that it cannot be sent as it is, or the page of an error that the server has
    /// found. Nil for any other.
    func instead(of response: Response) -> Response? {
        if let obstacle = response.obstacle {
            return internalError("The application's response cannot be sent: \(obstacle)")
        }
        if case .upgrade = response.body { return nil }
        // There success would say that bytes of another protocol follow (RFC 8441 section 5). The method is CONNECT.
        if 200..<300 ~= response.status.code, connection?.isTunnel(self) == true { return .noTunnel }
        return response.shown(as: RequestHeaders(head: head)[.accept], of: requestID)
    }
}

extension Response {
    /// The quiet page of a failure, which the log explains under the request's id.
    fileprivate static func failure(of request: RequestID, accept: String?) -> Response {
        var response = Response(status: .internalServerError)
        response.isFromServer = true
        response.show(ErrorPage(response.status, request: request), as: ErrorFormat(accept: accept))
        return response
    }

    /// Why it cannot be sent as it is.
    fileprivate var obstacle: String? {
        if let fault = headers.fault { return "\(fault)" }
        if case .upgrade = body { return nil }
        return 200...999 ~= status.code ? nil : "status \(status.code) is not that of an answer."
    }

    /// A refusal of the server in the form that the client likes best; nil where it is none.
    fileprivate func shown(as accept: @autoclosure () -> String?, of request: RequestID) -> Response? {
        guard let text = refusalText else { return nil }
        var response = self
        let format = ErrorFormat(accept: accept())
        guard format != .text else {
            response.headers.append(.vary, "Accept")
            return response
        }
        response.headers.remove(.contentType)
        response.show(ErrorPage(status, String(text), request: request), as: format)
        return response
    }

    private mutating func show(_ page: ErrorPage, as format: ErrorFormat) {
        headers.append(.contentType, format.contentType)
        headers.append(.vary, "Accept")
        if format == .html { headers.append("Content-Security-Policy", HTMLPage.policy) }
        body = .bytes(ByteBuffer(string: page.rendered(as: format)))
    }

    fileprivate static let noTunnel: Response = {
        var response = Response.refusal(.methodNotAllowed, "There is no WebSocket here.")
        response.headers[.allow] = "GET, HEAD"
        return response
    }()
}

extension ErrorPage {
    /// With the id by which the log tells of it, where it is the server's fault.
    fileprivate init(_ status: HTTPResponse.Status, _ message: String = "", request: RequestID) {
        self.init(
            status: status.code,
            title: status.usualReason,
            message: message,
            request: status.code >= 500 ? "\(request)" : ""
        )
    }
}
