import AsyncHTTPClient
import Glibc
import MartletBytes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Connections to an authority over https.
struct DirectoryConnector: ACMEConnector {
    /// The path of the certificates that vouch for it; nil for those of the system.
    let authority: String?
    let userAgent: String
    let loop: any EventLoop

    func connected<Result: Sendable>(_ body: (any ACMETransport) async throws -> Result) async throws -> Result {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority {
            do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority)) } catch {
                throw ACMEFailure(
                    "\(authority) cannot be read, which is to vouch for the directory: \(LibraryWords.text("\(error)"))"
                )
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(30))
        )
        configuration.httpVersion = .http1Only
        // A failure is said at once; when to try again is decided elsewhere.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: loop, configuration: configuration)
        // Not waited for: a connection that is being made holds it up for as long as that may take.
        defer { Task { try? await client.shutdown() } }
        return try await body(Transport(client: client, userAgent: userAgent))
    }

    private struct Transport: ACMETransport {
        /// A chain has a few KB.
        private static let mostBytes = 256 * 1024
        private static let longest = TimeAmount.seconds(60)

        let client: HTTPClient
        let userAgent: String

        func send(_ request: ACMERequest) async throws -> ACMEResponse {
            guard request.url.hasPrefix("https://") else { throw ACMEFailure.unreadable(request.url) }
            var message = HTTPClientRequest(url: request.url)
            message.headers.add(name: "User-Agent", value: userAgent)
            switch request.method {
            case .get: message.method = .GET
            case .head: message.method = .HEAD
            case .post:
                message.method = .POST
                message.headers.add(name: "Content-Type", value: "application/jose+json")
                message.body = .bytes(ByteBuffer(bytes: request.body))
            }
            do {
                let response = try await client.execute(message, timeout: Self.longest)
                let body = try await response.body.collect(upTo: Self.mostBytes)
                return ACMEResponse(
                    status: Int(response.status.code),
                    location: response.headers.first(name: "Location"),
                    nonce: response.headers.first(name: "Replay-Nonce"),
                    retryAfter: response.headers.first(name: "Retry-After")
                        .flatMap { RetryAfter.seconds($0, now: time(nil)) },
                    body: Array(body.readableBytesView)
                )
            } catch {
                try Task.checkCancellation()
                if error is NIOTooManyBytesError {
                    throw ACMEFailure(
                        "\(request.url) has answered with more than \(Self.mostBytes >> 10) KB",
                        isPassing: true
                    )
                }
                throw ACMEFailure("\(request.url) cannot be reached: \(Self.reason(error))", isPassing: true)
            }
        }

        private static func reason(_ error: any Error) -> String {
            let text = "\(error)"
            // The library's words for it, as far as they are known to people.
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return "its certificate is not one that is trusted here; for an authority of your own say so: "
                    + "ca = \"root.pem\" in [acme]"
            }
            if let failed = error as? NIOConnectionError {
                return failed.connectionErrors.first.map { reason($0.error) }
                    ?? "its name \(failed.host) has no address"
            }
            switch error as? HTTPClientError {
            case .readTimeout?, .connectTimeout?, .deadlineExceeded?: return "it does not answer in time"
            case .remoteConnectionClosed?: return "it has closed the connection without an answer"
            default: break
            }
            return (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? LibraryWords.text(text)
        }
    }
}
