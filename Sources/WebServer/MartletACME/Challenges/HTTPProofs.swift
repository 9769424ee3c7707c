import HTTPTypes
import MartletBytes
package import MartletGateway
import NIOPosix
import Synchronization

/// What is answered below `/.well-known/acme-challenge/` (RFC 8555 section 8.3).
///
/// Answers are in the state folder as well: the authority may reach another process than the one that asks for the certificate.
package final class HTTPProofs: Sendable {
    private struct State {
        var answers: [String: String] = [:]
        var folder: StateFolder?
    }

    private let state = Mutex(State())

    package init() {}

    /// Where other processes put theirs.
    func look(in folder: StateFolder) { state.withLock { $0.folder = folder } }

    /// - Parameter text: nil ends it.
    func answer(_ token: String, with text: String?, in folder: StateFolder) throws(StateFolder.Problem) {
        state.withLock { $0.answers[token] = text }
        if let text { try folder.write(Array(text.utf8), to: token) } else { folder.remove(token) }
    }

    /// The answer of this process.
    func answer(to token: String) -> String? { state.withLock { $0.answers[token] } }

    /// The answer of another one. Waits for the disk.
    func storedAnswer(to token: String) async -> String? {
        guard let folder = state.withLock(\.folder) else { return nil }
        return try? await NIOThreadPool.singleton.runIfActive {
            folder.read(token).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

/// Around the application of a server that gets certificates: answers the authority, whatever name it asks for.
package struct HTTPProofResponder: DirectApplication, FrontApplication {
    private static let path = "/.well-known/acme-challenge/"
    private static let longestToken = 200

    package let application: any Application
    private let entryPoint: EntryPoint
    private let proofs: HTTPProofs

    package init(_ application: any Application, _ proofs: HTTPProofs) {
        self.application = application
        entryPoint = EntryPoint(application)
        self.proofs = proofs
    }

    package func before(_ application: any Application) -> any Application { Self(application, proofs) }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        guard let token = token(in: request) else { return entryPoint.begin(request, for: exchange) }
        if let answer = proofs.answer(to: token) { return exchange.complete(.plain(.ok, answer)) }
        exchange.answer { [entryPoint, proofs] in
            if let answer = await proofs.storedAnswer(to: token) { return .plain(.ok, answer) }
            return try await entryPoint.respond(to: request)
        }
    }

    /// Nil for every other request.
    private func token(in request: Request) -> String? {
        guard request.connection.tls == nil else { return nil }
        return withExtendedLifetime(request.head) {
            let path = request.head.slice(request.head.path)
            guard path.starts(with: Self.path.utf8), path.count <= Self.path.utf8.count + Self.longestToken else {
                return nil
            }
            let token = String(decoding: path.dropFirst(Self.path.utf8.count), as: UTF8.self)
            return !token.isEmpty && Base64URL.isText(token) ? token : nil
        }
    }
}
