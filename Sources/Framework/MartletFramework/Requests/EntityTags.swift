internal import HTTPTypes
public import MartletGateway

/// What a client has of an address already: the tags of `If-None-Match` (RFC 9110 section 13.1.2).
public struct EntityTags: Sendable {
    let value: String?

    /// Whether the content with this tag, without its quotes, need not be sent: then answer `Response.notModified(etag:)`.
    public func contains(_ tag: String) -> Bool {
        guard let value else { return false }
        if value == "*" { return true }
        guard let tag = EntityTag(Array(Self.text(tag, isWeak: false).utf8)) else { return false }
        return Array(value.utf8).withUnsafeBytes { tag.isNamed(in: $0, strongly: false) }
    }

    /// A tag as it stands in a field. What no tag may have in it is percent-encoded.
    static func text(_ tag: String, isWeak: Bool) -> String {
        (isWeak ? "W/" : "") + "\"" + URLText.entityTag(tag) + "\""
    }
}

extension Request {
    /// The tags that the client has: `request.ifNoneMatch.contains("v7")`.
    public var ifNoneMatch: EntityTags { EntityTags(value: headers[.ifNoneMatch]) }
}
