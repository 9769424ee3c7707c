import MartletGateway
import MartletServer

extension Site {
    /// Where a request is sent that comes without encryption; nil where it is answered as it is. The same choice as the server makes.
    func secureAddress(of request: ExplainedRequest) -> String? {
        let ports = server.addresses.filter { $0.scheme == .https }.compactMap(\.address.port)
        guard request.scheme == "http", server.redirectsToHTTPS, let first = ports.first,
            !request.path.hasPrefix("/.well-known/acme-challenge/")
        else { return nil }
        let usual = ListenScheme.https.usualPort
        let port = ports.contains(usual) ? usual : first
        let name = Array(request.authority.utf8).withUnsafeBytes {
            String(decoding: HostName.name(in: $0), as: UTF8.self)
        }
        return "https://\(name)\(port == usual ? "" : ":\(port)")\(request.path)"
    }
}
