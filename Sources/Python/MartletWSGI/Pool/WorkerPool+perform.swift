internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletControl
internal import MartletProcesses
internal import NIOCore
import Synchronization

extension WorkerPool {
    /// Does what the machine has decided.
    func perform(_ action: PoolMachine.Action) {
        switch action {
        case .spawn(let id, let preload, let isHeld): spawn(id, preload: preload, isHeld: isHeld)
        case .begin(let id):
            if let worker = worker(in: id.place) { worker.process.send(.allow(requests: worker.limits.requests)) }
        case .preload(let number): startPreload(number)
        case .dropPreload(let number): preloads.drop(number)
        case .settle(let id, let status): settle(id, status)
        case .stop(let id): process(of: id.place)?.stop(memory.worker(id.place))
        case .kill(let id): process(of: id.place)?.kill()
        case .discard(let id): discard(id)
        case .set(let timer, let delay): set(timer, after: delay)
        case .wakeWorkers: queue.wakeWorkers()
        case .log(let level, let text): logger.log(level: level, "\(text)")
        case .showTraceback(let failure): failure.showTraceback(of: configuration.application, logger)
        case .announceImport(let how): imports.begins(how)
        case .showFailure(let failure): importFailure.withLock { $0 = failure }
        case .serveFolders(let folders): onFolders?(folders)
        case .started(let error): waiters.started(error)
        case .reloaded(let ticket, let error): waiters.reloaded(ticket, error)
        case .stopped: waiters.stopped()
        }
    }

    private func set(_ timer: PoolMachine.Timer, after delay: Duration) {
        // Not of an event loop: the loops may be gone before the last worker is.
        Task { [weak self] in
            try? await Task.sleep(for: delay)
            self?.tell(.due(timer))
        }
    }

    // MARK: - Processes

    private func spawn(_ id: WorkerID, preload: Int?, isHeld: Bool) {
        memory.clearWorker(id.place)
        launcher.run { [self] in
            let limits = WorkerLimits(configuration, now: now)
            let order = WorkerOrder(place: id.place, limit: limits.requests, isHeld: isHeld)
            do throws(SpawnError) {
                let process = try makeProcess(order, preload)
                setWorker(Running(id: id, process: process, limits: limits), in: id.place)
                tell(.spawned(id, pid: process.pid))
                process.watch(startTimeout: launch.startTimeout) { [self] event in
                    worker(id, says: event, limit: limits.requests)
                }
            } catch {
                tell(.spawnFailed(id, error))
            }
        } ifImpossible: {
            tell(.spawnFailed(id, $0))
        }
    }

    private func makeProcess(_ order: WorkerOrder, _ preload: Int?) throws(SpawnError) -> WorkerProcess {
        if let preload, let source = preloads[preload] {
            do throws(SpawnError) {
                return try source.fork(launch, order)
            } catch {
                logger.error("\(error) The worker imports the application itself.")
            }
        }
        return try WorkerProcess.start(launch, order)
    }

    /// A preload process has one thread, and none of the worker library, so that forking it is safe. Workers are forked twice and
    /// become the server's own children, whose deaths it can wait for.
    private func startPreload(_ number: Int) {
        launcher.run { [self] in
            do throws(SpawnError) {
                let process = try WorkerProcess.start(launch, nil)
                preloads.started(number, process)
                process.watch(startTimeout: launch.startTimeout) { [self] event in preload(number, says: event) }
            } catch {
                preloadFailed(number, error)
            }
        } ifImpossible: {
            preloadFailed(number, $0)
        }
    }

    private func preloadFailed(_ number: Int, _ error: SpawnError) {
        tell(.preloadFailed(number, error))
        tell(.preloadEnded(number))
    }

    private func discard(_ id: WorkerID) {
        guard let process = process(of: id.place) else { return }
        if process.isReady { process.stop(memory.worker(id.place)) } else { process.kill() }
    }

    private func settle(_ id: WorkerID, _ status: ExitStatus) {
        let pid = process(of: id.place)?.pid ?? 0
        setWorker(nil, in: id.place)
        let end = WorkerEnd(place: id.place, pid: pid, status: status)
        let losses = lanes.map { lane in lane.eventLoop.submit { lane.workerDied(id.place, end) } }
        guard let loop = lanes.first?.eventLoop else { return tell(.settled(id, lost: 0)) }
        EventLoopFuture.whenAllComplete(losses, on: loop).whenSuccess { [self] results in
            memory.clearWorker(id.place)
            tell(.settled(id, lost: results.reduce(0) { $0 + ((try? $1.get()) ?? 0) }))
        }
    }
}
