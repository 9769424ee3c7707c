import Glibc
import MartletGateway
import NIOCore

extension Channel {
    /// What the system has for a socket that the loop has not read yet: 1 for bytes, 0 for the end, nil for neither.
    var unread: Int? {
        guard let socket = socketDescriptor else { return nil }
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return nil }
        return max(0, count)
    }
}
