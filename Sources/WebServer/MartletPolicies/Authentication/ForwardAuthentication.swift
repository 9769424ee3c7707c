import HTTPTypes
import MartletBytes
package import MartletGateway
import NIOCore

/// Asks somebody else who may come.
package protocol SubrequestSender: Sendable {
    func send(_ request: Request) async throws -> Response
}

/// A route of the same server that is asked.
package struct ApplicationSender: SubrequestSender {
    private let application: any Application

    package init(_ application: any Application) { self.application = application }

    package func send(_ request: Request) async throws -> Response { try await application.respond(to: request) }
}

/// How somebody else decides about requests.
package struct ForwardAuthentication: Sendable, Equatable {
    /// The path and the query that are asked for.
    package var target: String
    /// Fields of a welcoming answer that the application gets, such as `X-User`. Those that the client sent under these names
    /// never reach it, whatever the answer.
    package var identity: [String] = []
    /// The one of them that is the user's name: what CGI calls REMOTE_USER.
    package var userField: String?

    package init(target: String) { self.target = target }

    /// - Throws: ``PolicyError``.
    package func validate() throws(PolicyError) {
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PolicyError("\"\(target)\" is no path to ask; write one like /auth/check")
        }
        for name in identity {
            // What a header rule may set, this may too.
            _ = try HeaderRule(.set(""), name, in: .request)
        }
        if let userField, !identity.contains(where: { $0.lowercased() == userField.lowercased() }) {
            throw PolicyError(
                "the user's name is taken from \(userField), which is not among the fields that are passed on"
            )
        }
    }
}

/// Lets in whom another application welcomes: it is asked with the head of each request, and a status of 2xx means yes. Any
/// other answer is the client's.
package struct ForwardAuthenticationPolicy: Policy {
    private let configuration: ForwardAuthentication
    private let sender: any SubrequestSender
    /// In lower case.
    private let identity: [[UInt8]]

    package init(_ configuration: ForwardAuthentication, by sender: any SubrequestSender) {
        self.configuration = configuration
        self.sender = sender
        identity = configuration.identity.map { Array($0.lowercased().utf8) }
    }

    package func receive(_ request: inout Request) -> Verdict {
        // First of all, and also when the answer does not name them (GHSA-7r4p-vjf4-gxv4).
        guard let head = request.head.copy(without: isIdentity) else { return .answer(.headTooLarge) }
        request.head = head
        return .wait { [self] request in
            guard let question = question(about: request) else { return .answer(.headTooLarge) }
            let answer = try await sender.send(question)
            guard (200...299).contains(answer.status.code) else { return .answer(answer) }
            await answer.body.release()
            var request = request
            guard let head = request.head.copy(without: { _ in false }, adding: fields(of: answer)) else {
                return .answer(.headTooLarge)
            }
            request.head = head
            if let name = configuration.userField.flatMap({ HTTPField.Name($0) }), let user = answer.headers[name] {
                request.storage[RemoteUser.self] = user
            }
            return .pass(request)
        }
    }

    private func isIdentity(_ name: UnsafeRawBufferPointer) -> Bool {
        identity.contains { VariableName.equals(name, $0) }
    }

    private func fields(of answer: Response) -> [(name: String, value: String)] {
        answer.headers.pairs.filter { pair in identity.contains { ASCIICase.equals(pair.name.utf8, $0) } }
    }

    /// A GET with the fields of the request, without its body, and with what it wants as fields.
    private func question(about request: Request) -> Request? {
        let asked = [
            ("X-Forwarded-Method", request.head.string(request.head.method)), ("X-Forwarded-Uri", request.target),
            ("X-Forwarded-Proto", request.scheme), ("X-Forwarded-Host", request.authority ?? ""),
            ("X-Forwarded-For", String(decoding: request.connection.texts.remoteAddress, as: UTF8.self)),
        ]
        let replaced = asked.map { Array($0.0.lowercased().utf8) } + Self.aboutBody
        let copied = request.head.copy(without: { name in replaced.contains { VariableName.equals(name, $0) } })
        guard let copied else { return nil }
        var fields: [(String, String)] = []
        for field in copied.fields { fields.append((copied.string(field.name), copied.string(field.value))) }
        let head = RequestHead(
            method: "GET",
            target: configuration.target,
            version: request.version,
            fields: fields + asked.filter { !$0.1.isEmpty }
        )
        guard head.count < RequestHead.maximumSize else { return nil }
        return request.subrequest(head)
    }

    private static let aboutBody = [
        "content-length", "content-type", "content-encoding", "transfer-encoding", "expect", "upgrade", "connection",
        "range",
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
    ].map { Array($0.utf8) }
}

extension Response {
    fileprivate static let headTooLarge = Response.refusal(
        .requestHeaderFieldsTooLarge,
        "The request head is too large."
    )
}
