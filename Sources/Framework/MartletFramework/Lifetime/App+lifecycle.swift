public import ServiceLifecycle

extension App {
    /// Calls this before the first request, in order of registration: to open a database, to fill a cache. If it throws, the app does not
    /// start.
    public func onStart(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable () async throws -> Void
    ) {
        let location = SourceLocation(file: file, line: line)
        registry.change(location) { $0.lifecycle.append(.start(location, hook)) }
    }

    /// Calls this after the last request, in the reverse order of registration. It is called also if a later `onStart` fails; what it throws
    /// is logged.
    public func onStop(
        file: StaticString = #fileID,
        line: UInt = #line,
        _ hook: @escaping @Sendable () async throws -> Void
    ) {
        let location = SourceLocation(file: file, line: line)
        registry.change(location) { $0.lifecycle.append(.stop(location, hook)) }
    }

    /// Runs this beside the requests, from the start until after the last one: then its task is cancelled.
    ///
    ///     app.background("sweep") {
    ///         while true {
    ///             try await Task.sleep(for: .seconds(300))
    ///             try await store.sweep()
    ///         }
    ///     }
    ///
    /// If it throws, the log says so, and it is begun again after a pause of 1 s, which doubles up to 60 s. If it returns, it is done.
    public func background(
        _ name: String,
        file: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        add(
            BackgroundService(
                name: name,
                body: { try await cancelWhenGracefulShutdown { try await body() } },
                logger: nil
            ),
            SourceLocation(file: file, line: line)
        )
    }

    /// Runs a service of swift-service-lifecycle beside the requests: a client with a pool of connections, a consumer of a queue. It is
    /// told of the graceful shutdown and ends by itself.
    public func background(
        _ name: String,
        service: some Service,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        add(
            BackgroundService(name: name, body: { try await service.run() }, logger: nil),
            SourceLocation(file: file, line: line)
        )
    }

    private func add(_ service: BackgroundService, _ location: SourceLocation) {
        registry.change(location) { $0.lifecycle.append(.background(service)) }
    }
}
