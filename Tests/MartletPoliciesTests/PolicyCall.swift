import HTTPTypes
import MartletTesting
import NIOCore

@testable import MartletGateway
@testable import MartletPolicies

/// A request to an application with policies, which says what has reached it.
struct PolicyCall {
    var policies: [any Policy]
    var scheme = "http"
    var address: String? = "192.0.2.1"
    var answer = Response.plain(.ok, "")

    /// Answers with the fields of the request as `Got-NAME`, and with `Got-User`.
    func client() throws -> TestClient {
        let answer = answer
        let application = ApplicationClosure { request in
            var answer = answer
            request.headers.forEach { answer.headers.append("Got-\($0)", $1) }
            if let user = request.storage[RemoteUser.self] { answer.headers.append("Got-User", user) }
            return answer
        }
        return TestClient(
            application.policed(by: policies) as? PolicyChain ?? PolicyChain([], around: application),
            scheme: scheme,
            address: try address.map { try SocketAddress(ipAddress: $0, port: 4711) }
        )
    }
}

extension TestResponse {
    func field(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    func fields(_ name: String) -> [String] { HTTPField.Name(name).map { headers.values(for: $0) } ?? [] }
}

extension HTTPField.Name {
    init(_ name: StaticString) { self = HTTPField.Name("\(name)") ?? .accept }
}
