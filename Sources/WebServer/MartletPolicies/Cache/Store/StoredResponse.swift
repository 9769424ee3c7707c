import HTTPTypes
import MartletBytes
import MartletGateway
import NIOCore
import Synchronization

/// An answer that is kept. It never changes.
final class StoredResponse: Sendable {
    let status: HTTPResponse.Status
    /// With the Date of its making, and without what is about a connection or its length.
    let headers: Headers
    /// Bytes or a file, as it is sent.
    let body: Response.Body
    let length: Int
    let freshness: Freshness
    let variant: Variant
    let audience: CacheRequest.Credentials
    /// The fields with its age, which is the same for a second.
    private let aged = Mutex<(age: Int, headers: Headers)?>(nil)

    init(
        _ status: HTTPResponse.Status,
        _ headers: Headers,
        _ body: Response.Body,
        length: Int,
        _ storable: StoringRules.Storable,
        _ variant: Variant,
        _ clock: CacheClock
    ) {
        self.status = status
        self.body = body
        self.length = length
        self.variant = variant
        freshness = Freshness(storable.times, age: storable.age, now: clock.now())
        audience = storable.audience
        self.headers = Self.kept(
            headers,
            date: clock.date(),
            offersRanges: status.code == 200 && Validators(headers) != nil
        )
    }

    private static func kept(_ headers: Headers, date: Int, offersRanges: Bool) -> Headers {
        var nominated: [ArraySlice<UInt8>] = []
        if headers.notable.contains(.connection) {
            for line in headers.lines where ASCIICase.equals(line.name, "connection") {
                nominated += line.value.split(separator: UInt8(ascii: ",")).map { FieldSyntax.trimmed($0) }
            }
        }
        var kept = headers
        kept.remove { name in
            !FieldRole(name: name).isDisjoint(with: .aboutConnection.union(.contentLength))
                || ASCIICase.equals(name, "age")
                || nominated.contains { ASCIICase.equals(name, $0.map(ASCIICase.lowercased)) }
        }
        if !kept.notable.contains(.date) {
            kept.append(.date, String(decoding: HTTPDate.render(date), as: UTF8.self))
        }
        if offersRanges, kept.first("accept-ranges") == nil { kept.append(.acceptRanges, "bytes") }
        return kept
    }

    /// - Parameter now: nil for who has had it made.
    func response(at now: Int64?) -> Response {
        guard let now else { return Response(status: status, headers: headers, body: body) }
        let age = freshness.age(at: now)
        let fields = aged.withLock { aged in
            if let aged, aged.age == age { return aged.headers }
            var fields = headers
            fields.append(.age, "\(age)")
            aged = (age, fields)
            return fields
        }
        return Response(status: status, headers: fields, body: body)
    }

    /// The fields after a 304 that says they are as they were, or what they are now (RFC 9111 section 3.2).
    func updatedHeaders(by newer: Headers) -> Headers {
        var updated = headers
        var fields = newer
        // These are of the body, which is not there, or of the connection.
        fields.remove { name in Self.aboutBody.contains { ASCIICase.equals(name, $0) } }
        let names = fields.lines.map { $0.name.map(ASCIICase.lowercased) }
        updated.remove { name in names.contains { ASCIICase.equals(name, $0) } || ASCIICase.equals(name, "date") }
        updated.append(fields)
        return updated
    }

    private static let aboutBody: [StaticString] = [
        "content-length", "content-encoding", "content-type", "content-range", "transfer-encoding", "connection",
    ]

    var isFile: Bool { if case .file = body { true } else { false } }

    /// Bytes of memory, with a guess at what the tables need.
    var memory: Int { (isFile ? 0 : length) + headers.block.count * 2 + variant.size + 512 }
}
