/// The protocols that carry CGI's variables.
package enum CGIProtocol: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case uwsgi, scgi, fastcgi

    /// As nginx spells it.
    package var description: String { rawValue }
}
