import NIOCore

/// Room for newcomers, when the connections or the descriptors have run out.
extension LoopContext {
    /// Nobody can be spared here: the other loops are asked, one after the other.
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

    /// Closes those who can be spared, an eighth of them and 32 at most, as nginx does when its slots run out: so the search is
    /// paid once for many. First who waits for nothing, the longest first; then the slowest heads and bodies that nobody wants;
    /// only where there is none of them, who came in this very moment.
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
