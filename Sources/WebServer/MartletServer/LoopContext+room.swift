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
    func makeRoom(for newcomer: HTTP1Connection? = nil) -> Int {
        let latest = (idle: deadline(.idle), head: deadline(.head))
        var idle: [HTTP1Connection] = []
        var slow: [HTTP1Connection] = []
        var fresh: [HTTP1Connection] = []
        for connection in connections where connection !== newcomer {
            switch connection.phase {
            case .lingering:
                idle.append(connection)
            case .idle where connection.isIdle:
                // Who came within this tick has had no time to ask yet.
                let hasHadTime = connection.sequence > 0 || connection.deadline < latest.idle
                if hasHadTime { idle.append(connection) } else { fresh.append(connection) }
            case .head:
                if connection.deadline < latest.head { slow.append(connection) } else { fresh.append(connection) }
            case .draining:
                slow.append(connection)
            default:
                break
            }
        }
        for candidates in [idle, slow, fresh] {
            var closed = 0
            for candidate in candidates.sorted(by: { $0.deadline < $1.deadline }) {
                // Nobody who is still taking an answer, and nobody whose request is in the socket already.
                if candidate.isSending || (candidate.isIdle && candidate.direct?.hasUnreadInput == true) { continue }
                candidate.closeNow()
                closed += 1
                if closed >= min(32, candidates.count / 8) { break }
            }
            if closed > 0 { return closed }
        }
        return 0
    }
}
