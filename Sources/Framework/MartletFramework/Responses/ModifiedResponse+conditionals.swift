internal import HTTPTypes
internal import MartletBytes
public import MartletGateway
internal import NIOCore

extension ResponseConvertible where Self: Sendable {
    /// This answer with an `ETag`; a client that has it already gets 304 without the content (RFC 9110 section 8.8.3):
    ///
    ///     app.get("/posts/<int:id>") { (id: Int) in
    ///         let post = try await posts.find(id)
    ///         return JSON(post).etag("\(post.version)")
    ///     }
    ///
    /// To save the work of making it, ask `request.ifNoneMatch` first.
    ///
    /// - Parameters:
    ///   - tag: any text that changes with the content, without quotes.
    ///   - isWeak: for content that only means the same.
    public func etag(_ tag: String, isWeak: Bool = false) -> ModifiedResponse {
        conditional { $0.headers[.eTag] = EntityTags.text(tag, isWeak: isWeak) }
    }

    /// This answer with `Last-Modified`; a client that has it already gets 304 without the content (RFC 9110 section 8.8.2).
    ///
    /// - Parameter seconds: since 1970.
    public func lastModified(at seconds: Int) -> ModifiedResponse {
        conditional { $0.headers[.lastModified] = String(decoding: HTTPDate.render(max(0, seconds)), as: UTF8.self) }
    }

    private func conditional(_ change: @escaping @Sendable (inout Response) -> Void) -> ModifiedResponse {
        ModifiedResponse { request in
            var response = try self.response(to: request)
            change(&response)
            return response.conditional(for: request)
        }
    }
}

extension Response {
    /// The answer to a client that has the content already (RFC 9110 section 15.4.5).
    public static func notModified(etag: String, isWeak: Bool = false) -> Response {
        Response(status: .notModified, headers: Headers([(.eTag, EntityTags.text(etag, isWeak: isWeak))]))
    }

    /// This answer, or 304 or 412 by the conditions of the request.
    fileprivate func conditional(for request: Request) -> Response {
        guard status.code == 200, let conditions = Preconditions(request.head), let validators = Validators(headers)
        else {
            return self
        }
        // Without a size there are no ranges: parts of files are the server's.
        return answering(conditions.outcome(validators, size: 0), size: 0) ?? self
    }
}
