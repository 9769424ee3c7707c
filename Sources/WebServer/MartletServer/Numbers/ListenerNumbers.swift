/// What is counted of the connections of one listener.
package struct ListenerNumbers: Sendable, Equatable {
    /// What a connection is at a moment.
    package enum Phase: Int, CaseIterable, Sendable {
        /// It agrees on how to encrypt.
        case handshake
        case http1
        case http2
        case uwsgi
        case scgi
        case fastcgi

        package var name: String {
            switch self {
            case .handshake: "handshake"
            case .http1: "http/1"
            case .http2: "http/2"
            case .uwsgi: "uwsgi"
            case .scgi: "scgi"
            case .fastcgi: "fastcgi"
            }
        }

        init(_ known: ConnectionProtocol) {
            switch known {
            case .http1: self = .http1
            case .http2: self = .http2
            case .uwsgi: self = .uwsgi
            // The one of a process that serves one request is told to nobody.
            case .scgi, .cgi: self = .scgi
            case .fastcgi: self = .fastcgi
            }
        }
    }

    package var accepted: UInt64 = 0
    /// Closed at once, as there was no room.
    package var refused: UInt64 = 0
    package var handshakes: UInt64 = 0
    package var failedHandshakes: UInt64 = 0
    private var open = [Int](repeating: 0, count: Phase.allCases.count)

    package init() {}

    package subscript(open phase: Phase) -> Int {
        get { open[phase.rawValue] }
        set { open[phase.rawValue] = newValue }
    }

    mutating func opened(_ phase: Phase) {
        accepted &+= 1
        self[open: phase] &+= 1
    }

    mutating func closed(_ phase: Phase) { self[open: phase] &-= 1 }

    mutating func move(_ phase: inout Phase, to next: Phase) {
        self[open: phase] &-= 1
        self[open: next] &+= 1
        phase = next
    }

    package mutating func add(_ other: ListenerNumbers) {
        accepted &+= other.accepted
        refused &+= other.refused
        handshakes &+= other.handshakes
        failedHandshakes &+= other.failedHandshakes
        for phase in open.indices { open[phase] &+= other.open[phase] }
    }
}
