/// What the variables of a request say besides its head.
package struct CGIRequest: Sendable, Equatable {
    package enum Length: Sendable, Equatable {
        /// There is no body.
        case none
        case known(Int)
        /// There may be one, and only its end will tell (Caddy says -1, as ``CGIVariables/init(environment:limits:)`` does).
        case open
    }

    package var length = Length.none
    /// How many bytes of the head's path belong to the mount.
    package var mountLength = 0
    package var isHead = false
    package var wantsUpgrade = false
    package var origin = CGIOrigin()

    package init() {}
}

/// What the peer says of its client and of itself, which counts as far as the peer is trusted.
package struct CGIOrigin: Sendable, Equatable {
    /// REMOTE_ADDR; empty where it is not said.
    package var address: [UInt8] = []
    /// REMOTE_PORT; nil where it is not said.
    package var port: Int?
    /// Whether the client came over https; nil where that is not said.
    package var isSecure: Bool?
    /// SERVER_NAME without brackets and port; nil where it is not said, or is no name that a client could have used.
    package var serverName: [UInt8]?
    package var serverPort: Int?
    /// REMOTE_USER, where AUTH_TYPE says that the name was checked: nginx's `$remote_user` is what the client claims.
    package var user: [UInt8]?

    package init() {}
}
