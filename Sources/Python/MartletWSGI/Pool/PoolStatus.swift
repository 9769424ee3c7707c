internal import CMartletWorker
internal import MartletGateway
internal import NIOCore
import Synchronization

/// What an application's workers are doing at this moment.
public struct PoolStatus: Codable, Sendable {
    public struct Worker: Codable, Sendable {
        public let pid: Int32
        /// `starting`, `ready` or `retiring`.
        public let state: String
        /// Which generation of the application it has imported.
        public let generation: Int
        public let uptimeSeconds: Double
        public let requestsServed: UInt64
        /// Memory of its own, in bytes, without what it shares with others.
        public let memory: Int
        public let requests: [Request]
    }

    public struct Request: Codable, Sendable {
        public let id: String
        /// Method and target.
        public let line: String
        public let seconds: Double
        public let thread: Int?
        /// Its response has begun.
        public let isStreaming: Bool
    }

    public package(set) var application: String
    public package(set) var python: String
    public let generation: Int
    public let threads: Int
    /// How many workers there are at least and at most, by the load.
    public let leastWorkers: Int
    public let mostWorkers: Int
    public let workers: [Worker]
    /// How many requests no worker has taken yet.
    public let queueLength: Int
    /// How long the oldest of them has waited.
    public let queueSeconds: Double
    /// Those at the head of the queue; the others are only counted.
    public let waiting: [Request]
}

extension PythonApplication {
    /// Asks every event loop and looks at every worker. Not for the hot path.
    public func status() async -> PoolStatus {
        await pool.status()
    }
}

extension WorkerPool {
    func status() async -> PoolStatus {
        var requests: [RequestInFlight] = []
        var behind: [(count: Int, oldest: Duration)] = []
        for lane in lanes {
            let seen = try? await lane.eventLoop.submit { (RequestInFlight.all(in: lane), lane.requestsWithoutSlot()) }
                .get()
            guard let (inFlight, withoutSlot) = seen else { continue }
            requests += inFlight
            behind.append(withoutSlot)
        }
        let waiting = requests.filter { $0.place == nil }
        let oldest = (waiting.map(\.age) + behind.map(\.oldest)).max() ?? .zero
        let (places, generation) = machine.withLock { ($0.places, $0.processes.generation) }
        let workers = workers.map { worker in
            let place = places[worker.id.place]
            return PoolStatus.Worker(
                pid: worker.process.pid,
                state: place.stage.rawValue,
                generation: place.generation,
                uptimeSeconds: (now - place.startedAt) / .seconds(1),
                requestsServed: martlet_load64(&memory.worker(worker.id.place).pointee.served),
                memory: worker.process.privateMemory,
                requests: requests.filter { $0.place == worker.id.place }.map(PoolStatus.Request.init)
            )
        }
        return PoolStatus(
            application: configuration.application,
            python: launch.python,
            generation: generation,
            threads: configuration.threads,
            leastWorkers: configuration.scaling.least,
            mostWorkers: configuration.scaling.most,
            workers: workers,
            queueLength: behind.reduce(waiting.count) { $0 + $1.count },
            queueSeconds: oldest / .seconds(1),
            waiting: waiting.map(PoolStatus.Request.init)
        )
    }
}

extension PoolStatus.Request {
    fileprivate init(_ request: RequestInFlight) {
        id = request.id
        line = request.line
        seconds = request.age / .seconds(1)
        thread = request.thread
        isStreaming = request.isStreaming
    }
}
