/// On which side of a connection streams are looked at.
enum EndpointRole: Sendable {
    /// Requests are read and answers written.
    case server
    /// Requests are written and answers read.
    case client
}
