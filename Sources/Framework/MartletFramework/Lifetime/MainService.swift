internal import ServiceLifecycle
internal import Synchronization

/// What the background tasks run beside.
final class MainService<Success: Sendable>: Service {
    private let body: @Sendable () async throws -> Success
    private let state = Mutex<Result<Success, any Error>?>(nil)

    init(_ body: @escaping @Sendable () async throws -> Success) { self.body = body }

    var outcome: Result<Success, any Error>? { state.withLock { $0 } }

    func run() async throws {
        do {
            let result = try await body()
            state.withLock { $0 = .success(result) }
        } catch {
            state.withLock { $0 = .failure(error) }
        }
    }
}
