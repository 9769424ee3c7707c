import MartletGateway
import NIOCore

/// A part of the answers that are kept. All of it is done under a lock, and none of it waits.
///
/// Full, it forgets what has not been asked for since it was looked at last (second chance): a hit then changes one bit, and
/// no list.
struct CacheShard: ~Copyable {
    struct Bounds: Sendable {
        var memory: Int
        var disk: Int
        var files: Int
    }

    /// The answers for one key, and who fetches some.
    struct Resource {
        var answers: [Answer] = []
        var tickets: [Ticket] = []
        /// What answers differed by last.
        var vary: [String]?

        var isEmpty: Bool { answers.isEmpty && tickets.isEmpty }
    }

    struct Answer {
        let stored: StoredResponse
        var isUsed = false
        /// Until then nobody is asked again after an error.
        var pauseEnd: Int64 = .min
    }

    struct Numbers: Sendable, Equatable {
        var answers = 0
        var memory = 0
        var disk = 0
        var files = 0
        var hits = 0
        var stale = 0
        var misses = 0
        var fills = 0
        var evictions = 0
    }

    /// Of one key: somebody who asks for the same with a million of values must not push out all else. Each costs a comparison.
    static let mostVariants = 32
    /// After an answer that is for one request alone others do not wait for the next. Varnish has 2 minutes for its hit-for-miss.
    private static let passTime = 120 * Freshness.second
    private static let mostPasses = 1024
    /// Of an application that fails others are not asked for the same.
    private static let errorPause = Freshness.second

    private let bounds: Bounds
    private var resources: [CacheKey: Resource] = [:]
    /// The oldest first; some are gone already.
    private var order = CircularBuffer<(key: CacheKey, stored: StoredResponse)>()
    private var passes: [CacheKey: Int64] = [:]
    private(set) var numbers = Numbers()

    init(_ bounds: Bounds) { self.bounds = bounds }
}

// MARK: - Looking

extension CacheShard {
    enum Found {
        case hit(StoredResponse)
        /// With a ticket if somebody has to ask for a newer one.
        case stale(StoredResponse, Ticket?)
        case wait
        case fill(Ticket, stale: StoredResponse?)
        /// Nothing that may be sent.
        case nothing
    }

    /// - Parameter waiter: made if there is somebody to wait for.
    mutating func find(_ question: CacheQuestion, else waiter: () -> Waiter) -> Found {
        let index = resources.index(forKey: question.key)
        var stale: StoredResponse?
        if let index, let place = resources.values[index].answers.lastIndex(where: { question.suits($0.stored) }) {
            resources.values[index].answers[place].isUsed = true
            let answer = resources.values[index].answers[place]
            let freshness = answer.stored.freshness
            switch question.accepts(freshness) ? freshness.state(at: question.now) : .stale {
            case .fresh:
                numbers.hits &+= 1
                return .hit(answer.stored)
            case .whileRevalidate:
                numbers.stale &+= 1
                let isAsked = resources.values[index].tickets.contains { question.suits($0) }
                let pauses = answer.pauseEnd > question.now
                let asks = question.mayFill && !isAsked && !pauses
                return .stale(answer.stored, asks ? ticket(question, index, isShared: true) : nil)
            case .stale where answer.pauseEnd > question.now && freshness.servesAfterError(at: question.now):
                numbers.stale &+= 1
                return .stale(answer.stored, nil)
            case .stale:
                stale = answer.stored
            }
        }
        numbers.misses &+= 1
        guard question.mayFill else { return .nothing }
        let isShared = question.mayWait && (passes[question.key] ?? .min) <= question.now
        if isShared, let index {
            let tickets = resources.values[index].tickets
            for ticket in tickets where ticket.isShared && question.suits(ticket) {
                let waiter = waiter()
                guard ticket.add(waiter) else { continue }
                waiter.expire(ticket, after: question.wait)
                return .wait
            }
        }
        return .fill(ticket(question, index, isShared: isShared), stale: stale)
    }

    private mutating func ticket(
        _ question: CacheQuestion,
        _ index: Dictionary<CacheKey, Resource>.Index?,
        isShared: Bool
    ) -> Ticket {
        let vary = index.flatMap { resources.values[$0].vary } ?? question.keyFields
        let ticket = Ticket(question.key, Variant(vary, of: question.head), question.credentials, isShared: isShared)
        resources[question.key, default: Resource()].tickets.append(ticket)
        return ticket
    }
}

// MARK: - Keeping

extension CacheShard {
    /// - Returns: what had to go for it, to be let go of without the lock; nil if it cannot be kept.
    mutating func keep(_ stored: StoredResponse, for ticket: Ticket) -> [StoredResponse]? {
        guard !ticket.isObsolete, stored.memory <= bounds.memory, !stored.isFile || stored.length <= bounds.disk else {
            return nil
        }
        var gone: [StoredResponse] = []
        var resource = resources[ticket.key] ?? Resource()
        let former = resource.answers.firstIndex { $0.stored.variant == stored.variant }
        if let place = former ?? (resource.answers.count >= Self.mostVariants ? 0 : nil) {
            let old = resource.answers.remove(at: place).stored
            count(old, -1)
            gone.append(old)
        }
        resource.answers.append(Answer(stored: stored))
        resource.vary = stored.variant.names
        resources[ticket.key] = resource
        passes[ticket.key] = nil
        numbers.fills &+= 1
        count(stored, 1)
        order.append((ticket.key, stored))
        makeRoom(&gone)
        return gone
    }

    private mutating func makeRoom(_ gone: inout [StoredResponse]) {
        while numbers.memory > bounds.memory || numbers.disk > bounds.disk || numbers.files > bounds.files,
            let (key, stored) = order.popFirst()
        {
            guard let index = resources.index(forKey: key),
                let place = resources.values[index].answers.firstIndex(where: { $0.stored === stored })
            else { continue }
            if resources.values[index].answers[place].isUsed {
                resources.values[index].answers[place].isUsed = false
                order.append((key, stored))
                continue
            }
            resources.values[index].answers.remove(at: place)
            if resources.values[index].isEmpty { resources.remove(at: index) }
            count(stored, -1)
            numbers.evictions &+= 1
            gone.append(stored)
        }
        // Those that were replaced.
        guard order.count > 2 * numbers.answers + 64 else { return }
        order.removeAll { key, stored in resources[key]?.answers.contains { $0.stored === stored } != true }
    }

    private mutating func count(_ stored: StoredResponse, _ sign: Int) {
        numbers.answers += sign
        numbers.memory += sign * stored.memory
        guard stored.isFile else { return }
        numbers.files += sign
        numbers.disk += sign * stored.length
    }

    /// The application has failed to say anything newer.
    mutating func pause(_ stored: StoredResponse, _ key: CacheKey, now: Int64) {
        guard let index = resources.index(forKey: key),
            let place = resources.values[index].answers.firstIndex(where: { $0.stored === stored })
        else { return }
        resources.values[index].answers[place].pauseEnd = now + Self.errorPause
    }

    /// Nobody fetches with this ticket any more.
    ///
    /// - Parameter passes: whether the answer was for one alone.
    mutating func end(_ ticket: Ticket, passes isForOne: Bool, now: Int64) {
        if let index = resources.index(forKey: ticket.key) {
            resources.values[index].tickets.removeAll { $0 === ticket }
            if resources.values[index].isEmpty { resources.remove(at: index) }
        }
        guard isForOne, ticket.hasWaiters else { return }
        if passes.count >= Self.mostPasses {
            passes = passes.filter { $0.value > now }
            if passes.count >= Self.mostPasses { passes = [:] }
        }
        passes[ticket.key] = now + Self.passTime
    }

    /// Forgets what it has, and what is being fetched.
    mutating func remove(where isUnwanted: (CacheKey) -> Bool) -> [StoredResponse] {
        remove(resources.keys.filter(isUnwanted))
    }

    mutating func remove(_ keys: [CacheKey]) -> [StoredResponse] {
        var gone: [StoredResponse] = []
        for key in keys {
            guard let resource = resources.removeValue(forKey: key) else { continue }
            for ticket in resource.tickets { ticket.invalidate() }
            for answer in resource.answers {
                count(answer.stored, -1)
                gone.append(answer.stored)
            }
        }
        return gone
    }
}
