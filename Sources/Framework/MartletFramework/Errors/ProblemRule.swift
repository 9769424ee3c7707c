/// Who is told of errors in `application/problem+json` (RFC 9457).
public enum ProblemRule: Sendable {
    /// Clients that accept JSON rather than a page; others get a page or text. The default.
    case asAccepted
    /// Every client: for an API.
    case always
}

extension Scaffold {
    /// Says who is told of errors as a problem: `api.problems(.always)`. What a blueprint says is for its own routes, and comes first.
    ///
    /// `title` and `status` are those of the status, `detail` is the reason of an ``Abort``, `instance` the id of the request in the log.
    public func problems(_ rule: ProblemRule, file: StaticString = #fileID, line: UInt = #line) {
        registry.change(SourceLocation(file: file, line: line)) { $0.errors.problems = rule }
    }
}
