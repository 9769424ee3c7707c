import HTTPTypes
import MartletBytes
package import MartletGateway
import NIOCore

/// Compresses answers for clients that can read them so.
///
/// The rules:
///
/// 1. What has a coding already, is a part (206, `Content-Range`), must not be transformed, or has no content is left
///    alone; so is what is too small, or of a type that does not shrink, unless the client refuses it as it is.
/// 2. Whatever could have been compressed says `Vary: Accept-Encoding`, compressed or not, and so do a 304 and a part of it.
/// 3. A compressed answer is another representation, so a strong entity tag becomes weak (RFC 9110 section 8.8.1); a 304
///    confirms the tag that the client has.
/// 4. HEAD has the fields of GET, without a length that nobody knows.
/// 5. Nothing large is compressed on the event loop: more than 64 KB go to a thread that may wait, piece by piece.
/// 6. A block of a stream can be decoded when it arrives.
package struct Compression: Policy {
    private let configuration: CompressionConfiguration
    private let pool: EncoderPool

    /// Fields that are wrong of a compressed body: RFC 9110 section 14.3, RFC 9530, RFC 3230, RFC 1864.
    private static let ofUncoded = ["accept-ranges", "content-digest", "repr-digest", "digest", "content-md5"]
    /// About half a millisecond of a loop's time.
    private static let atOnce = 65_536

    package init(_ configuration: CompressionConfiguration = CompressionConfiguration()) {
        self.configuration = configuration
        pool = EncoderPool(configuration)
    }

    package func finish(_ response: inout Response, to request: Request) {
        if case .upgrade = response.body { return }
        let rule = ContentRule(status: response.status.code)
        guard rule.allowsContent || rule == .notModified else { return }
        let facts = ResponseFacts(response.headers)
        if response.status.code == 206 { return notePart(&response, facts) }
        if rule == .notModified { return confirm(&response, facts, request) }
        let isHead = request.method == .head
        guard !facts.isEncoded, !facts.isPartial, !facts.mustNotChange,
            let length = Self.length(of: response.body, facts, isHead: isHead), length > 0
        else { return }
        let accepted = AcceptEncoding(request.headers[.acceptEncoding])
        guard accepted.refusesIdentity || (length >= configuration.minimum && suits(facts.type)) else { return }
        if !facts.variesByEncoding { response.headers.append("Vary", "Accept-Encoding") }
        guard let coding = accepted.choice(of: configuration.codings), !isSecret(response, facts, request) else {
            return
        }
        if isHead {
            response.body = .empty
        } else {
            guard let body = compressed(response.body, facts, coding, evenIfLarger: accepted.refusesIdentity) else {
                return
            }
            response.body = body
        }
        response.isFile = false
        response.headers.remove(.contentLength)
        // Nobody knows which bytes a part of what is made now would have, and digests are those of what was before.
        response.headers.remove { name in Self.ofUncoded.contains { ASCIICase.equals(name, $0.utf8) } }
        response.headers.remove(.contentEncoding)
        response.headers.append("Content-Encoding", coding.rawValue)
        if let tag = facts.tag { response.headers.weaken(tag) }
    }

    /// How long the body would be; `Int.max` if nobody knows. Nil if there is none.
    private static func length(of body: Response.Body, _ facts: ResponseFacts, isHead: Bool) -> Int? {
        switch body {
        case .bytes(let bytes): bytes.readableBytes
        case .file(let file): file.length
        case .stream(let length, _): length ?? facts.length ?? .max
        case .empty: isHead ? facts.length : nil
        case .upgrade: nil
        }
    }

    /// A part has the Vary that the whole would have (RFC 9110 section 15.3.7).
    private func notePart(_ response: inout Response, _ facts: ResponseFacts) {
        guard !facts.isEncoded, !facts.mustNotChange, !facts.variesByEncoding else { return }
        let isMultipart = facts.type.map { ASCIICase.equals($0, "multipart/byteranges".utf8) } == true
        if isMultipart || suits(facts.type) { response.headers.append("Vary", "Accept-Encoding") }
    }

    private func suits(_ type: ArraySlice<UInt8>?) -> Bool {
        guard let type else { return false }
        return configuration.types.contains { $0.matches(type) }
    }

    /// A file is the same for everybody who may have it: nothing of the request is in it.
    private func isSecret(_ response: Response, _ facts: ResponseFacts, _ request: Request) -> Bool {
        if case .file = response.body { return false }
        if response.isFile { return false }
        return configuration.breach.forbids(facts, to: request)
    }

    /// The tag that the client sent is that of a compressed answer.
    private func confirm(_ response: inout Response, _ facts: ResponseFacts, _ request: Request) {
        if !facts.variesByEncoding { response.headers.append("Vary", "Accept-Encoding") }
        guard let tag = facts.tag, let known = HTTPField.Name("If-None-Match").flatMap({ request.headers[$0] }) else {
            return
        }
        let weak = Array("W/".utf8) + tag
        let isKnown = known.utf8.split(separator: UInt8(ascii: ",")).contains {
            FieldSyntax.trimmed($0).elementsEqual(weak)
        }
        if isKnown { response.headers.weaken(tag) }
    }
}

// MARK: - Bodies

extension Compression {
    /// Nil to send it as it is.
    private func compressed(
        _ body: Response.Body,
        _ facts: ResponseFacts,
        _ coding: ContentCoding,
        evenIfLarger: Bool
    ) -> Response.Body? {
        guard let encoder = pool.take(coding) else { return nil }
        switch body {
        case .bytes(let bytes) where bytes.readableBytes <= Self.atOnce:
            var output = ByteBuffer()
            output.reserveCapacity(bytes.readableBytes / 3 + 256)
            guard (try? encoder.encode(bytes, .finish, into: &output)) != nil else { return nil }
            return evenIfLarger || output.readableBytes < bytes.readableBytes ? .bytes(output) : nil
        case .bytes(let bytes):
            return .stream(length: nil) { try await CompressedBytes(bytes, encoder).send(to: $0) }
        case .file(let file):
            // Opened before the head is sent, as the server does it: it can still be an error.
            guard let file = CompressedFile(file, encoder) else { return nil }
            return .stream(length: nil) { try await file.send(to: $0) }
        case .stream(let length, let write):
            let announced = length ?? facts.length
            return .stream(length: nil) { writer in
                let sink = CompressingSink(encoder, announced: announced, writer)
                try await write(BodyWriter(sink))
                try await sink.finish()
            }
        case .empty, .upgrade:
            return nil
        }
    }
}

extension Headers {
    /// Makes the entity tag weak.
    fileprivate mutating func weaken(_ tag: ArraySlice<UInt8>) {
        guard tag.first == UInt8(ascii: "\"") else { return }
        self[.eTag] = "W/" + String(decoding: tag, as: UTF8.self)
    }
}
