import Glibc
import HTTPTypes
package import MartletGateway
import NIOCore
import NIOPosix
import Synchronization

/// A site that is closed for a while.
package struct MaintenanceMode: Sendable, Equatable {
    package enum Switch: Sendable, Equatable {
        case on
        /// While this file exists. It is looked for at most once a second.
        case file(String)
    }

    package var trigger: Switch
    /// What visitors are told; a sentence if nil.
    package var page: ErrorPages.Page?
    /// When clients should come again. Search engines keep what they know of a site for that long.
    package var retryAfter = Duration.seconds(120)
    /// Who gets in all the same.
    package var admitted: [AddressRules.Peer] = []

    package init(_ trigger: Switch) { self.trigger = trigger }
}

/// Answers with 503 while a site is closed.
package struct MaintenancePolicy: Policy {
    private let mode: MaintenanceMode
    private let admitted: AddressRules
    private let watch: FileWatch?

    package init(_ mode: MaintenanceMode) {
        self.mode = mode
        admitted = AddressRules(allowed: mode.admitted)
        if case .file(let path) = mode.trigger { watch = FileWatch(path) } else { watch = nil }
    }

    package func receive(_ request: inout Request) -> Verdict {
        guard let watch else { return refusal(of: request).map(Verdict.answer) ?? .pass }
        switch watch.exists {
        case .some(false): return .pass
        case .some(true): return refusal(of: request).map(Verdict.answer) ?? .pass
        case .none:
            return .wait { [self] request in
                guard await watch.look(), let refusal = refusal(of: request) else { return .pass(request) }
                return .answer(refusal)
            }
        }
    }

    /// Nil for those who get in all the same.
    private func refusal(of request: Request) -> Response? {
        if !mode.admitted.isEmpty, admitted.admits(request.connection.remoteAddress.flatMap(IPAddress.init)) {
            return nil
        }
        var response = Response.refusal(
            .serviceUnavailable,
            "The site is closed for maintenance. Please come back later."
        )
        if let page = mode.page {
            response.headers[.contentType] = page.type
            response.body = .bytes(ByteBuffer(string: page.text))
        }
        response.headers.append(.retryAfter, "\(mode.retryAfter.components.seconds)")
        response.headers.append(.cacheControl, "no-store")
        return response
    }
}

/// Whether a file exists, without waiting for a disk on a loop: what is known for less than a second counts, else a request waits until
/// somebody has looked.
private final class FileWatch: Sendable {
    private struct State {
        var exists = false
        var end = NIODeadline.uptimeNanoseconds(0)
    }

    private let path: String
    private let state = Mutex(State())

    init(_ path: String) { self.path = path }

    /// Nil where it has to be looked for.
    var exists: Bool? { state.withLock { NIODeadline.now() < $0.end ? $0.exists : nil } }

    func look() async -> Bool {
        await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { [self] _ in
                let exists = access(path, F_OK) == 0
                state.withLock { $0 = State(exists: exists, end: .now() + .seconds(1)) }
                continuation.resume(returning: exists)
            }
        }
    }
}
