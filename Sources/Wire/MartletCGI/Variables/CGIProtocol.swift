/// The protocols that carry CGI's variables.
package enum CGIProtocol: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case uwsgi, scgi, fastcgi
    /// The environment of a process (RFC 3875), which is handed on within it as SCGI's headers.
    case cgi

    /// As nginx spells it.
    package var description: String { rawValue }
}
