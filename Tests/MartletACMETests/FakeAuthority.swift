import Crypto
import FoundationEssentials
import MartletBytes
import SwiftASN1
import X509

@testable import MartletACME

/// An authority in memory: it believes every proof, unless it is told not to, and checks what RFC 8555 says of requests.
actor FakeAuthority: ACMETransport {
    nonisolated static let directory = "https://ca.test/dir"
    private let key = P256.Signing.PrivateKey()
    private let clock: TestClock
    private var nonces: Set<String> = []
    private var accounts: [String: WebKey] = [:]
    private var names: [String] = []
    private var certificate: [UInt8] = []

    /// Answers that stand in for its own, by the end of the URL; each serves once.
    var refusals: [String: [ACMEResponse]] = [:]
    /// Seconds from now.
    var window: ClosedRange<Int>?
    var lifetime = 9 * 3600
    /// What was sent: the end of the URL, and the payload.
    private(set) var requests: [(url: String, payload: String)] = []

    init(_ clock: TestClock) { self.clock = clock }

    func refuse(_ url: String, _ status: Int, _ kind: String, retryAfter: Int? = nil) {
        let body = #"{"type":"urn:ietf:params:acme:error:\#(kind)","detail":"no"}"#
        refusals[url, default: []].append(ACMEResponse(status: status, retryAfter: retryAfter, body: Array(body.utf8)))
    }

    func suggest(_ window: ClosedRange<Int>) { self.window = window }
    func forgetAccounts() { accounts = [:] }
    func forgetRequests() { requests = [] }
    func count(of url: String) -> Int { requests.filter { $0.url == url }.count }
    func payload(of url: String) -> String? { requests.last { $0.url == url }?.payload }

    private struct Message: Decodable {
        let protected, payload, signature: String
    }

    private struct Header: Decodable {
        let nonce, url: String
        let kid: String?
        let jwk: WebKey?
    }

    func send(_ request: ACMERequest) async throws -> ACMEResponse {
        let name = String(request.url.dropFirst("https://ca.test/".count))
        var response = try answer(request, name)
        let nonce = "nonce-\(nonces.count)-\(requests.count)"
        nonces.insert(nonce)
        response.nonce = nonce
        return response
    }

    private func answer(_ request: ACMERequest, _ name: String) throws -> ACMEResponse {
        var payload: [UInt8] = []
        var account = ""
        if request.method == .post {
            let message: Message = try ACMEJSON.decode(request.body)
            let header: Header = try ACMEJSON.decode(Base64URL.decode(message.protected) ?? [])
            payload = Base64URL.decode(message.payload) ?? []
            guard nonces.remove(header.nonce) != nil, header.url == request.url else { return Self.problem("badNonce") }
            if let kid = header.kid, accounts[kid] == nil { return Self.problem("accountDoesNotExist") }
            account = header.kid ?? ""
            guard header.kid != nil || name == "account" else { return Self.problem("malformed") }
            if let jwk = header.jwk {
                account = "https://ca.test/account/\(accounts.count)"
                accounts[account] = jwk
            }
        }
        requests.append((name, String(decoding: payload, as: UTF8.self)))
        if let refusal = refusals[name]?.first {
            refusals[name]?.removeFirst()
            return refusal
        }
        return try answer(name, payload, account)
    }

    private func answer(_ name: String, _ payload: [UInt8], _ account: String) throws -> ACMEResponse {
        switch name {
        case "dir":
            return Self.json(
                """
                {"newNonce":"https://ca.test/nonce","newAccount":"https://ca.test/account",
                "newOrder":"https://ca.test/order"\(window == nil ? "" : #","renewalInfo":"https://ca.test/ari""#)}
                """
            )
        case "nonce": return ACMEResponse(status: 200)
        case "account": return ACMEResponse(status: 201, location: account, body: Array("{}".utf8))
        case "order":
            struct Order: Decodable { let identifiers: [ACMEIdentifier] }
            names = try ACMEJSON.decode(as: Order.self, payload).identifiers.map(\.value)
            var response = Self.json(order("pending"))
            response.location = "https://ca.test/order/1"
            return response
        case "authorization":
            let status = requests.contains { $0.url == "challenge" } ? "valid" : "pending"
            return Self.json(
                """
                {"identifier":{"type":"dns","value":"\(names.first ?? "")"},"status":"\(status)","challenges":[
                {"type":"http-01","url":"https://ca.test/challenge","token":"abc"}]}
                """
            )
        case "order/1": return Self.json(order("ready"))
        case "finalize":
            struct Finalize: Decodable { let csr: String }
            try issue(Base64URL.decode(try ACMEJSON.decode(as: Finalize.self, payload).csr) ?? [])
            return Self.json(order("valid"))
        case "certificate": return ACMEResponse(status: 200, body: certificate)
        case _ where name.hasPrefix("ari/"):
            guard let window else { return ACMEResponse(status: 404) }
            let moments = [window.lowerBound, window.upperBound].map { second in
                Date(timeIntervalSince1970: Double(clock.now + second)).formatted(.iso8601)
            }
            return Self.json(#"{"suggestedWindow":{"start":"\#(moments[0])","end":"\#(moments[1])"}}"#)
        default: return ACMEResponse(status: 200, body: Array("{}".utf8))
        }
    }

    private func order(_ status: String) -> String {
        """
        {"status":"\(status)","authorizations":["https://ca.test/authorization"],"finalize":"https://ca.test/finalize",
        "certificate":"https://ca.test/certificate"}
        """
    }

    private func issue(_ der: [UInt8]) throws {
        let request = try CertificateSigningRequest(derEncoded: der)
        let asked = try request.attributes.extensionRequest?.extensions.subjectAlternativeNames
        let now = Date(timeIntervalSince1970: Double(clock.now))
        let made = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: request.publicKey,
            notValidBefore: now,
            notValidAfter: now.addingTimeInterval(Double(lifetime)),
            issuer: try DistinguishedName { CommonName("Fake") },
            subject: DistinguishedName(),
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                asked ?? SubjectAlternativeNames([])
                AuthorityKeyIdentifier(keyIdentifier: ArraySlice([1, 2, 3]))
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        certificate = Array("\(try made.serializeAsPEM().pemString)\n".utf8)
    }

    private static func json(_ text: String) -> ACMEResponse { ACMEResponse(status: 200, body: Array(text.utf8)) }

    private static func problem(_ kind: String) -> ACMEResponse {
        ACMEResponse(status: 400, body: Array(#"{"type":"urn:ietf:params:acme:error:\#(kind)","detail":"no"}"#.utf8))
    }
}

extension FakeAuthority {
    nonisolated var connector: any ACMEConnector { Connector(authority: self) }

    private struct Connector: ACMEConnector {
        let authority: FakeAuthority

        func connected<Result: Sendable>(_ body: (any ACMETransport) async throws -> Result) async throws -> Result {
            try await body(authority)
        }
    }
}
