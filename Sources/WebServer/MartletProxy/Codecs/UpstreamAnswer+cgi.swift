import MartletCGI
import MartletGateway
import MartletHTTP1

extension UpstreamEvent {
    /// What of an answer as a CGI program writes it is an event of an upstream.
    ///
    /// - Returns: nil where more is needed.
    init?(_ event: CGIResponseReader.Event) {
        switch event {
        case .needsMore: return nil
        case .head(let head, let hasBody): self = .answer(UpstreamAnswer(head, hasBody: hasBody))
        case .localRedirect(let path): self = .localRedirect(path)
        case .data(let bytes): self = .data(bytes)
        case .end: self = .end(trailer: nil)
        case .fault(let fault): self = .fault(UpstreamFault("it \(fault)", isEnd: fault == .noHead(bytes: 0)))
        }
    }
}

extension UpstreamAnswer {
    fileprivate init(_ head: CGIResponseHead, hasBody: Bool) {
        self.init(status: head.status, headers: head.headers, body: .none)
        if hasBody, head.length != 0 {
            body = head.length.map { .length($0) } ?? .unknown
        } else if let length = head.length {
            // Elsewhere the server writes it itself.
            headers.append("Content-Length", "\(length)")
        }
    }
}
