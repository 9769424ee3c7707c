/// How a name is proved to be this server's.
package enum ChallengeMethod: String, Sendable, Hashable, CaseIterable {
    /// By an answer on port 80 (RFC 8555 section 8.3).
    case http01 = "http-01"
    /// By a TLS handshake on port 443 (RFC 8737).
    case tlsALPN01 = "tls-alpn-01"
}
