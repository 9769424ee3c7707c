internal import MartletGateway
internal import Synchronization

extension RequestHooks {
    /// The teardown hooks of one request. They run once: when they are told to, or when nobody is left who could tell them, as
    /// where the client of a streamed answer has gone before it began.
    final class Ending: Sendable {
        private let hooks: [Teardown]
        private let request: Request
        private let hasRun = Atomic<Bool>(false)

        init(hooks: [Teardown], request: Request) {
            self.hooks = hooks
            self.request = request
        }

        func run(_ error: (any Error)?) async {
            guard !hasRun.exchange(true, ordering: .relaxed) else { return }
            await Self.run(hooks, request, error)
        }

        private static func run(_ hooks: [Teardown], _ request: Request, _ error: (any Error)?) async {
            for hook in hooks.reversed() { await hook(request, error) }
        }

        deinit {
            guard !hasRun.load(ordering: .relaxed) else { return }
            Task { [hooks, request] in await Self.run(hooks, request, ClientDisconnected()) }
        }
    }
}

extension Response {
    /// This answer, with hooks that run when its body has ended; nil if it is whole already.
    func ended(by ending: RequestHooks.Ending) -> Response? {
        var response = self
        switch body {
        case .empty, .bytes, .file: return nil
        case .stream(let length, let write):
            response.body = .stream(length: length) { writer in try await ending.around { try await write(writer) } }
        case .upgrade(let own):
            response.body = .upgrade { connection in try await ending.around { try await own(connection) } }
        }
        return response
    }
}

extension RequestHooks.Ending {
    fileprivate func around(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            await run(error)
            throw error
        }
        await run(nil)
    }
}
