/// The name of the user that a request was let in for: what CGI calls REMOTE_USER (RFC 3875 section 4.1.11).
package enum RemoteUser: RequestStorage.Key {
    package typealias Value = String
}
