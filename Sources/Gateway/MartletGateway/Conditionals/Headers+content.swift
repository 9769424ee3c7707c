internal import MartletBytes

/// The fields of a response, without those that would be wrong where its content is not sent.
extension Headers {
    /// For 304: without the fields that describe the content (RFC 9110 section 15.4.5). What caches take over stays,
    /// such as ETag, Vary and Cache-Control, and everything that is not about the representation.
    func withoutContent() -> Headers {
        without([
            "content-type", "content-length", "content-encoding", "content-language", "content-range", "accept-ranges",
        ])
    }

    /// For an error in place of the representation.
    func withoutValidators() -> Headers { without(["etag", "last-modified", "cache-control", "expires"]) }

    private func without(_ names: [StaticString]) -> Headers {
        var headers = self
        headers.keep { line in !names.contains { ASCIICase.equals(line.name, $0) } }
        return headers
    }
}
