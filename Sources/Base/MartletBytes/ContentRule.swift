/// Whether a response has content, by its status. A response to HEAD has none, whatever the status.
///
/// | Status | Content | Content-Length |
/// |---|---|---|
/// | 1xx, 204 | never (RFC 9110 section 6.4.1) | never (section 8.6) |
/// | 205 | none may be made (section 15.3.6) | 0: to a reader it ends as any other response does |
/// | 304 | never (section 6.4.1) | that of the 200 it stands for, if known (section 8.6) |
/// | any other | some, maybe of no bytes | as long as it is |
@usableFromInline package enum ContentRule: Sendable, Equatable {
    /// 1xx and 204.
    case never
    /// 205.
    case empty
    /// 304.
    case notModified
    case any

    @inlinable @inline(__always)
    package init(status: Int) {
        switch status {
        case 204, ..<200: self = .never
        case 205: self = .empty
        case 304: self = .notModified
        default: self = .any
        }
    }

    /// Whether an application may give the response content.
    @inlinable @inline(__always)
    package var allowsContent: Bool { self == .any }

    /// Whether the response ends with its head on the wire.
    @inlinable @inline(__always)
    package var endsWithHead: Bool { self == .never || self == .notModified }
}
