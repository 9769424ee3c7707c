import NIOCore

/// Makes room for new connections when connections or descriptors have run out.
extension LoopContext {
    /// Asks the other loops, one after the other, as no connection of this one can be closed.
    ///
    /// - Parameter whenAnswered: called on this loop with whether one of them has made room.
    func askOthersForRoom(_ whenAnswered: @escaping @Sendable (Bool) -> Void) {
        ask(gauge.loops(otherThan: self)[...], whenAnswered)
    }

    private func ask(_ others: ArraySlice<LoopContext>, _ whenAnswered: @escaping @Sendable (Bool) -> Void) {
        guard let next = others.first else { return loop.execute { whenAnswered(false) } }
        next.loop.execute {
            if next.makeRoom() > 0 {
                self.loop.execute { whenAnswered(true) }
            } else {
                self.ask(others.dropFirst(), whenAnswered)
            }
        }
    }

    /// Closes connections that can be spared, an eighth of them and at most 32, as nginx does when it runs out of
    /// connections: the search then pays for many. First idle ones, the longest idle first; then the slowest heads and
    /// unread bodies; only if there are none of these, the ones that have just arrived.
    ///
    /// - Returns: how many were closed.
    @discardableResult
    func makeRoom(for newcomer: (any ServerConnection)? = nil) -> Int {
        let latest = LatestDeadlines(idle: deadline(.idle), head: deadline(.head))
        var candidates: [SpareConnection: [any ServerConnection]] = [:]
        for connection in connections where connection !== newcomer {
            if let spare = connection.spare(latest: latest) { candidates[spare, default: []].append(connection) }
        }
        for kind in SpareConnection.allCases {
            guard let candidates = candidates[kind] else { continue }
            var closed = 0
            for candidate in candidates.sorted(by: { $0.deadline < $1.deadline }) where !candidate.hasBytesUnderWay {
                candidate.closeNow()
                closed += 1
                if closed >= min(32, candidates.count / 8) { break }
            }
            if closed > 0 { return closed }
        }
        return 0
    }

    /// The deadlines of a connection that came in this tick.
    struct LatestDeadlines {
        let idle: NIODeadline
        let head: NIODeadline
    }
}
