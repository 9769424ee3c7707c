import HTTPTypes
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// Conditions and ranges of requests for files, whichever application has answered with one.
///
/// The rules:
///
/// 1. A 200 whose body is a file and that has a validator, ETag or Last-Modified, is one that a client may have already, or
///    want a part of. Without a validator, two answers need not be the same file.
/// 2. What the application has decided itself stays: another status, or `Accept-Ranges: none`.
/// 3. Nothing of it is asked for answers that are no files.
enum ConditionalFiles {
    private static let acceptRanges: StaticString = "accept-ranges"

    /// The response, with the offer of ranges.
    static func announced(_ response: Response) -> Response {
        guard response.status.code == 200, response.headers.first(acceptRanges) == nil,
            Validators(response.headers) != nil
        else { return response }
        var response = response
        response.headers.append(.acceptRanges, "bytes")
        return response
    }

    /// The answer with a file that its application has read into memory.
    static func answer(to head: RequestHead, _ response: Response) -> Response {
        let size: Int
        switch response.body {
        case .bytes(let bytes): size = bytes.readableBytes
        // To HEAD.
        case .stream(let length?, _): size = length
        case .stream, .empty, .file, .upgrade: return response
        }
        let response = announced(response)
        return outcome(for: head, response, size: size).flatMap { response.answering($0, size: size) } ?? response
    }

    /// What comes of the conditions and ranges of a request; nil if it has none, or none that concern this response.
    private static func outcome(for head: RequestHead, _ response: Response, size: Int) -> ConditionalOutcome? {
        guard response.status.code == 200, let conditions = Preconditions(head),
            let validators = Validators(response.headers)
        else { return nil }
        let outcome = conditions.outcome(validators, size: size)
        if case .parts = outcome, response.headers.first(acceptRanges)?.elementsEqual("bytes".utf8) != true {
            return nil
        }
        return outcome
    }

    /// - Parameter descriptor: the file, which is open.
    /// - Returns: nil if the response is to be sent as it is.
    static func answer(
        to head: RequestHead,
        _ response: Response,
        _ file: FileRange,
        _ descriptor: OwnedDescriptor
    ) -> Response? {
        guard let outcome = outcome(for: head, response, size: file.length) else { return nil }
        var response = response
        // Opened once, and the same file for all of its parts.
        response.body = .file(FileRange(.descriptor(descriptor), offset: file.offset, length: file.length))
        if let answer = response.answering(outcome, size: file.length) { return answer }
        guard case .parts(let ranges) = outcome else { return nil }
        let multipart = MultipartRanges(ranges, size: file.length, type: response.headers[.contentType])
        let parts = FileParts(multipart, of: descriptor, from: file.offset)
        return response.multipartAnswer(
            multipart,
            body: .stream(length: multipart.length) { try await parts.write(to: $0) }
        )
    }
}
