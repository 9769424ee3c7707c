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
        if let watch, !watch.exists() { return .pass }
        if !mode.admitted.isEmpty, admitted.admits(request.connection.remoteAddress.flatMap(IPAddress.init)) {
            return .pass
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
        return .answer(response)
    }
}

/// Whether a file exists, without waiting for a disk on a loop: the answer is at most a second old while requests come.
private final class FileWatch: Sendable {
    private struct State {
        var exists: Bool
        var next: NIODeadline
    }

    private let path: String
    private let state: Mutex<State>

    init(_ path: String) {
        self.path = path
        state = Mutex(State(exists: access(path, F_OK) == 0, next: .now() + .seconds(1)))
    }

    func exists() -> Bool {
        let (exists, isDue) = state.withLock { state -> (Bool, Bool) in
            let isDue = NIODeadline.now() >= state.next
            if isDue { state.next = .now() + .seconds(1) }
            return (state.exists, isDue)
        }
        if isDue {
            NIOThreadPool.singleton.submit { _ in
                let exists = access(self.path, F_OK) == 0
                self.state.withLock { $0.exists = exists }
            }
        }
        return exists
    }
}
