import Glibc
import MartletBytes
import NIOCore
import NIOPosix
import NIOSSL

/// Why there is no connection, in words.
enum ConnectProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NameNotFound: error.description
        case let error as WildcardName: error.description
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { text($0.error) } ?? error.dnsAError.map(text) ?? "\(error)"
        case ChannelError.connectTimeout: "it did not accept the connection in time"
        case ChannelError.eof: "it closed the connection at once"
        case let error as NIOSSLError: tls(error)
        case is NIOSSLExtraError:
            "its certificate is not one for its name; name it with tls-name"
        default: "\(error)"
        }
    }

    private static func tls(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(let reason):
            "\(reason)".contains("CERTIFICATE_VERIFY_FAILED")
                ? "no authority that is trusted vouches for its certificate; name its own with tls-ca"
                : "the TLS handshake failed: \(LibraryWords.text("\(reason)"))"
        default: "TLS failed: \(LibraryWords.text("\(error)"))"
        }
    }
}
