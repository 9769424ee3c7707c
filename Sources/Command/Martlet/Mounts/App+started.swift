internal import MartletCommand
public import MartletFramework

extension App {
    /// Starts what is mounted in the app and needs it, Python applications above all, for as long as `body` takes. `run()` does so itself; a
    /// test does it with a client in memory:
    ///
    ///     try await app.withMounts { try await TestClient(app).get("/legacy/").expect(.ok) }
    ///
    /// - Throws: `RegistrationError`; why something cannot be started; what `body` throws.
    public func withMounts<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await ownApplication(name: "app").started(body)
    }
}
