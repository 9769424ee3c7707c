internal import Logging
internal import NIOCore
import Synchronization

// What workers say besides that they are ready, have failed or have ended.
extension WorkerPool {
    func workerSays(_ event: WorkerProcess.Event, _ place: Int) {
        switch event {
        case .filesChanged: reloadAndLog()
        case .importing(let seconds, let stack): logImport(seconds, stack)
        case .wantsSuccessor: setCount(.near, of: place)
        case .hasReachedLimit:
            setCount(.reached, of: place)
            queue.wakeWorkers()
        case .isDebugged:
            guard !isDebugged.exchange(true, ordering: .relaxed) else { return }
            logger.notice("a debugger is in use: time limits of requests do not count any more")
        case .ready, .failed, .ended: break
        }
    }

    var hasDebugger: Bool { isDebugged.load(ordering: .relaxed) }

    /// Says what is imported; of several applications, whose import it is by its path.
    func sayImport(_ how: String) {
        var logger = logger
        let path = logger[metadataKey: "app"]
        logger[metadataKey: "app"] = nil
        logger.info("importing \(path.map { "the application at \($0)" } ?? configuration.application) \(how)")
    }

    /// Imports the application in the process that forks the workers from now on.
    ///
    /// - Throws: ``ImportFailed``, with the traceback shown; ``SpawnError``.
    func startZygote() async throws {
        do {
            let made = try await Zygote.start(launch) { workerSays($0, 0) }
            zygote.withLock { $0 = made }
        } catch let failure as ImportFailed {
            failure.showTraceback(of: configuration.application, logger)
            throw failure
        }
    }

    /// Every worker imports the application; where one of them stands is enough, and said at every full interval once.
    private func logImport(_ seconds: Int, _ stack: String?) {
        let isNews = lastImportReport.withLock { last in
            guard NIODeadline.now() - last > .seconds(5) else { return false }
            last = .now()
            return true
        }
        guard isNews else { return }
        let place =
            switch stack {
            case .some(let text) where !text.isEmpty: "the import stands here:\n\(text)"
            case .some: "it has not come to code of the application"
            case nil: "where it stands is not known, for Python does not run, or has not come to Martlet's part"
            }
        logger.warning("still importing \(configuration.application) after \(seconds) s; \(place)")
    }
}

// MARK: - The limit on requests

extension WorkerPool {
    /// Up to a tenth more than configured, so that not all are replaced at once; 0 for no limit.
    func drawRequestLimit() -> UInt64 {
        guard let requests = configuration.maximumRequests else { return 0 }
        return UInt64(requests) + UInt64.random(in: 0...UInt64(requests / 10))
    }

    private func setCount(_ count: WorkerPlace.Count, of place: Int) {
        state.withLock { $0.places[place].count = count }
        settle()
        replaceAtItsLimit(place)
    }

    /// Where a reload is under way, this is asked again after it.
    func replaceAtItsLimit(_ place: Int) {
        let limit = state.withLock { $0.places[place].requestLimit }
        recycle(place, because: "it has served \(limit) requests")
    }

    func replaceThoseAtTheirLimit() {
        let places = state.withLock { state in
            state.places.indices.filter { state.places[$0].stage == .ready && state.places[$0].count != .within }
        }
        for place in places { replaceAtItsLimit(place) }
    }

    /// Waits until workers whose successors are ready have reached their limit, or have ended, or somebody has no time for that.
    func waitForTheLimit(of former: [Int]) async {
        await wait { state in
            state.isStopping || state.isReloading
                || former.allSatisfy { state.places[$0].stage != .ready || state.places[$0].count == .reached }
        }
    }

    /// Has a worker that was held begin.
    func release(_ place: Int) {
        let (process, limit) = state.withLock { state -> (WorkerProcess?, UInt64) in
            guard state.places[place].isHeld else { return (nil, 0) }
            state.places[place].isHeld = false
            return (state.places[place].process, state.places[place].requestLimit)
        }
        process?.send("M \(limit)")
    }

    /// A worker that was to be replaced cannot be: it serves as many requests again.
    func goOn(_ place: Int) {
        let limit = drawRequestLimit()
        let process = state.withLock { state in
            state.places[place].isBeingReplaced = false
            state.places[place].requestLimit = limit
            state.places[place].count = .within
            setLimits(&state.places[place])
            return state.places[place].process
        }
        if limit > 0 { process?.send("M \(limit)") }
    }
}
