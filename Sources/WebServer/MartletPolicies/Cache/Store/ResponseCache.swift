import MartletBuffering
import MartletGateway
import NIOCore
import NIOPosix
import Synchronization

/// Answers that are kept, bounded in memory and on disk, for all loops.
package final class ResponseCache: Sendable {
    package let configuration: ResponseCacheConfiguration
    let clock: CacheClock
    private let shards: [Shard]
    private let origins = Mutex<[String: UInt32]>([:])
    /// Bytes of answers that are on their way in.
    private let filling = Atomic(0)

    private final class Shard: Sendable {
        let state: Mutex<CacheShard>
        init(_ bounds: CacheShard.Bounds) { state = Mutex(CacheShard(bounds)) }
    }

    package init(_ configuration: ResponseCacheConfiguration, clock: CacheClock = .system) {
        self.configuration = configuration
        self.clock = clock
        let count = ResponseCacheConfiguration.shards
        let bounds = CacheShard.Bounds(
            memory: configuration.memory / count,
            disk: configuration.disk / count,
            files: ResponseCacheConfiguration.files / count
        )
        shards = (0..<count).map { _ in Shard(bounds) }
    }

    /// A number for an application: what another one has answered at the same place, before a reload, is not its own.
    ///
    /// - Parameter identity: all that makes it the same.
    package func origin(of identity: String) -> UInt32 {
        origins.withLock { origins in
            let number = origins[identity] ?? UInt32(truncatingIfNeeded: origins.count)
            origins[identity] = number
            return number
        }
    }

    private func shard(of key: CacheKey) -> Shard { shards[key.shard(of: shards.count)] }

    func find(_ question: CacheQuestion, else waiter: () -> Waiter) -> CacheShard.Found {
        shard(of: question.key).state.withLock { $0.find(question, else: waiter) }
    }

    /// Ends a fetch.
    ///
    /// - Parameters:
    ///   - stored: what is kept of it.
    ///   - isForOne: whether the answer was for one request alone.
    func end(_ ticket: Ticket, keeping stored: StoredResponse? = nil, isForOne: Bool = false) {
        let now = clock.now()
        let gone = shard(of: ticket.key).state.withLock { shard in
            let gone = stored.flatMap { shard.keep($0, for: ticket) }
            shard.end(ticket, passes: isForOne, now: now)
            return gone
        }
        if let gone { Self.letGo(gone) }
        for waiter in ticket.end() { waiter.wake() }
    }

    /// The application cannot say anything newer than what is stale.
    func pause(_ stale: StoredResponse, _ key: CacheKey) {
        let now = clock.now()
        shard(of: key).state.withLock { $0.pause(stale, key, now: now) }
    }

    /// Somebody has changed what the key stands for.
    func invalidate(_ key: CacheKey) {
        Self.letGo(shard(of: key).state.withLock { $0.remove([key]) })
    }

    /// Throws answers away.
    ///
    /// - Returns: how many.
    package func purge(_ pattern: PurgePattern) -> Int {
        var count = 0
        for shard in shards {
            let gone = shard.state.withLock { $0.remove { pattern.matches($0.url) } }
            count += gone.count
            Self.letGo(gone)
        }
        return count
    }

    /// Closing a file frees its blocks on disk, which may take long.
    private static func letGo(_ gone: [StoredResponse]) {
        guard gone.contains(where: \.isFile) else { return }
        NIOThreadPool.singleton.submit { _ in withExtendedLifetime(gone) {} }
    }

    /// What it has and has done.
    package var report: ResponseCacheReport {
        var report = ResponseCacheReport(place: configuration.scope)
        for shard in shards { report.add(shard.state.withLock { $0.numbers }) }
        return report
    }
}

// MARK: - On the way in

extension ResponseCache {
    /// - Returns: false if too much is on its way in.
    func begin(filling count: Int) -> Bool {
        guard filling.add(count, ordering: .relaxed).newValue <= configuration.memory else {
            end(filling: count)
            return false
        }
        return true
    }

    func end(filling count: Int) { filling.subtract(count, ordering: .relaxed) }

    /// Puts a body where it is kept: a large one into a file, if there may be some. The last step may be on another thread.
    func place(_ bytes: ByteBuffer, _ whenDone: @escaping @Sendable (Response.Body) -> Void) {
        guard configuration.disk > 0, bytes.readableBytes > ResponseCacheConfiguration.memoryBody else {
            return whenDone(.bytes(bytes))
        }
        let folder = configuration.folder ?? SpoolFile.folder
        SpoolFile.onPool { () throws(SpoolError) in
            let file = try SpoolFile.append(bytes, to: nil, in: folder)
            return OwnedDescriptor(try file.reopenForReading())
        } whenDone: { result in
            switch result {
            case .success(let descriptor):
                whenDone(.file(FileRange(.descriptor(descriptor), offset: 0, length: bytes.readableBytes)))
            case .failure:
                // A full disk is no reason to ask the application again.
                whenDone(.bytes(bytes))
            }
        }
    }
}

/// What a cache has and has done, for `martlet status` and for Prometheus.
package struct ResponseCacheReport: Sendable, Codable {
    /// The keys of the file that ask for it.
    package let place: String
    package private(set) var answers = 0
    /// Bytes.
    package private(set) var memory = 0
    package private(set) var disk = 0
    /// Requests that were answered with something fresh…
    package private(set) var hits = 0
    /// … with something stale…
    package private(set) var stale = 0
    /// … and not at all, or by another request's answer.
    package private(set) var misses = 0
    /// Answers that were taken in, and those that had to go for others.
    package private(set) var fills = 0
    package private(set) var evictions = 0

    init(place: String) { self.place = place }

    mutating func add(_ numbers: CacheShard.Numbers) {
        answers += numbers.answers
        memory += numbers.memory
        disk += numbers.disk
        hits &+= numbers.hits
        stale &+= numbers.stale
        misses &+= numbers.misses
        fills &+= numbers.fills
        evictions &+= numbers.evictions
    }
}
