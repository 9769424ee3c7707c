import Glibc
import NIOCore

/// Probes of a client that has closed its sending side, as one that is gone looks the same.
enum SocketProbe {
    /// A client's system forgets a closed socket after a minute (tcp_fin_timeout), and then replies to a probe with a
    /// reset.
    static func begin(_ channel: any Channel) {
        guard channel.remoteAddress?.ipAddress != nil, let options = channel.syncOptions else { return }
        try? options.setOption(.socketOption(.so_keepalive), value: 1)
        for (option, value) in [(TCP_KEEPIDLE, 15), (TCP_KEEPINTVL, 15), (TCP_KEEPCNT, 4)] {
            try? options.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: CInt(option))), value: value)
        }
    }
}
