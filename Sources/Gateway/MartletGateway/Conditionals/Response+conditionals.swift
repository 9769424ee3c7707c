internal import HTTPTypes
internal import MartletBytes
internal import NIOCore

extension Response {
    /// The answer to a request with conditions or ranges, made of this one to the same request without them.
    ///
    /// - Parameter size: how many bytes the body has, which is in memory or a file.
    /// - Returns: nil if this one is to be sent as it is, and for several parts of a file: these the server makes, which
    ///   asks again (``Preconditions/outcome(_:size:)``).
    package func answering(_ outcome: ConditionalOutcome, size: Int) -> Response? {
        switch outcome {
        case .whole: return nil
        case .notModified: return Response(status: .notModified, headers: headers.withoutContent())
        case .preconditionFailed: return refusal(.preconditionFailed)
        case .unsatisfiable:
            var response = refusal(.rangeNotSatisfiable)
            response.headers.append(.contentRange, "bytes */\(size)")
            return response
        case .parts(let ranges):
            guard let first = ranges.first else { return nil }
            return ranges.count == 1 ? part(first, size) : parts(ranges, size)
        }
    }

    /// The fields that concern a representation are not for a text that explains.
    private func refusal(_ status: HTTPResponse.Status) -> Response {
        var response = Response.refusal(status)
        for (name, value) in headers.withoutContent().withoutValidators().pairs {
            response.headers.append(name, value)
        }
        return response
    }

    private func part(_ range: Range<Int>, _ size: Int) -> Response? {
        var response = self
        switch body {
        case .bytes(let bytes):
            guard let slice = bytes.slice(range) else { return nil }
            response.body = .bytes(slice)
        case .file(let file):
            response.body = .file(
                FileRange(file.source, offset: file.offset &+ range.lowerBound, length: range.count)
            )
        case .empty, .stream, .upgrade: return nil
        }
        response.status = .partialContent
        response.headers.append(.contentRange, range.contentRange(of: size))
        return response
    }

    private func parts(_ ranges: [Range<Int>], _ size: Int) -> Response? {
        guard case .bytes(let bytes) = body else { return nil }
        let multipart = MultipartRanges(ranges, size: size, type: headers[.contentType])
        return multipartAnswer(multipart, body: .bytes(multipart.body(of: bytes)))
    }

    /// The answer of several parts.
    package func multipartAnswer(_ multipart: MultipartRanges, body: Body) -> Response {
        var response = self
        response.status = .partialContent
        response.headers[.contentType] = multipart.contentType
        response.body = body
        return response
    }
}
