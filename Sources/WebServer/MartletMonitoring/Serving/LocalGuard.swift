import HTTPTypes
import MartletGateway
import MartletServer

/// Keeps pages of other sites out that a browser of this machine has open.
///
/// A page may make its own name stand for 127.0.0.1 and then ask for what is served there, as its own (DNS rebinding). Such a
/// request names that site in Host. And a page that asks for another origin's data names its own in Origin.
struct LocalGuard: Sendable {
    /// Nothing to check at addresses that other machines reach by whatever name, or that browsers cannot reach.
    private let isOn: Bool

    init(_ address: BindAddress) { isOn = address.isLoopback }

    /// The answer to a request that is not for this server; nil where it is.
    func refusal(of request: Request) -> Response? {
        guard isOn else { return nil }
        guard Self.isLocal(request.authority ?? "") else {
            return .refusal(
                .misdirectedRequest,
                "This address is for this machine: use 127.0.0.1, [::1] or localhost."
            )
        }
        guard let origin = request.headers[.origin] else { return nil }
        let host = origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) } ?? origin
        return Self.isLocal(host) ? nil : .refusal(.forbidden, "Pages of other sites may not ask for this.")
    }

    private static func isLocal(_ authority: String) -> Bool {
        let host = Array(authority.utf8).withUnsafeBytes { String(decoding: HostName.name(in: $0), as: UTF8.self) }
        return host.lowercased() == "localhost" || BindAddress.tcp(host: host, port: 0).isLoopback
    }
}
