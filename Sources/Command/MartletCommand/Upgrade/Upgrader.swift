import Dispatch
import Glibc
import Logging
import MartletMonitoring
import MartletServer
import MartletWSGI
import Synchronization

/// Has a new process take this one's place: `martlet upgrade`.
///
/// The rules:
///
/// 1. The new process is what stands at the program's path now, with the same arguments. It gets the listening sockets, imports the
///    applications and says when it serves; until then, everything here goes on as it was.
/// 2. Both accept from the same queues for a moment. Then this one stops as ever: connections end when they are idle, requests are
///    answered.
/// 3. If the new process cannot serve, or does not say so in time, it is ended, and nothing has happened.
/// 4. systemd hears from the old process which one is the main process now, and from then on from that one alone.
/// 5. A stop in the meantime ends both.
final class Upgrader: Sendable {
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var successor: Successor?
        var isUnderWay = false
        var isEnding = false
    }

    private let server: Server
    private let monitors: MonitoringServers
    private let manager: ServiceManager?
    private let program: ProgramPath
    private let logger: Logger
    /// How long the new process may take, whatever it waits for.
    private let limit: Duration
    private let state = Mutex(State())
    private let isOver = Mutex(false)

    init(server: Server, monitors: MonitoringServers, surroundings: Surroundings, limit: Duration, logger: Logger) {
        self.server = server
        self.monitors = monitors
        manager = surroundings.manager
        program = surroundings.program
        self.limit = limit
        self.logger = logger
    }

    /// Whether another process serves now.
    var hasHandedOver: Bool { isOver.withLock { $0 } }

    /// - Returns: the new process, which serves now. This one has begun to stop.
    /// - Throws: ``Refused`` with the reason; then this one goes on.
    func upgrade() async throws -> pid_t {
        guard getpid() != 1 else {
            throw Refused(description: "it is process 1 of its container, which ends with it; start another container")
        }
        try state.withLock { state in
            guard !state.isEnding else { throw Refused(description: "the server is stopping") }
            guard !state.isUnderWay else { throw Refused(description: "an upgrade is under way") }
            state.isUnderWay = true
        }
        defer { state.withLock { ($0.isUnderWay, $0.successor) = (false, nil) } }
        let (successor, channel) = try start()
        defer { close(channel) }
        logger.notice("An upgrade begins: process \(successor.pid) is to take the place of this one.")
        let report = await Self.onThread { [limit] in Self.read(channel, within: limit) }
        guard report == Handover.Word.ready else {
            // It has ended or is about to, unless it hangs.
            if report == nil { successor.signal(SIGKILL) }
            let reason = Self.reason(report)
            logger.error("The upgrade has failed, and this process goes on: \(reason)")
            throw Refused(description: reason)
        }
        manager?.handOver(to: successor.pid)
        isOver.withLock { $0 = true }
        let word = Array(Handover.Word.go.utf8)
        _ = send(channel, word, word.count, CInt(MSG_NOSIGNAL))
        logger.notice("Process \(successor.pid) serves now; this one finishes what it has, and ends.")
        server.beginHandover()
        monitors.beginHandover()
        return successor.pid
    }

    /// The server stops: nobody takes its place.
    func end() {
        let successor = state.withLock { state in
            state.isEnding = true
            return state.successor
        }
        if let successor, !hasHandedOver { successor.signal(SIGTERM) }
    }

    private func start() throws -> (Successor, channel: CInt) {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Refused(description: String(cString: strerror(errno)))
        }
        let handover = Handover(
            channel: ends[1],
            sockets: server.handedSockets,
            monitoring: monitors.handedSockets
        )
        defer { close(ends[1]) }
        do {
            let successor = try Successor(
                program.path,
                Array(CommandLine.arguments.dropFirst()),
                inherited: handover.descriptors,
                variables: (manager?.variables ?? [:]).merging([Handover.variable: handover.text]) { $1 }
            )
            state.withLock { $0.successor = successor }
            return (successor, ends[0])
        } catch {
            close(ends[0])
            throw Refused(description: "\(error)")
        }
    }

    /// What the new process says, until it serves or ends. Nil where it does neither in time.
    private static func read(_ channel: CInt, within limit: Duration) -> String? {
        let end = ContinuousClock.now + limit
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while text != Array(Handover.Word.ready.utf8), text.count < 65_536 {
            let left = max(0, (end - .now) / .milliseconds(1))
            guard left > 0 else { return nil }
            var entry = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, CInt(min(left, 1e6))) > 0 else { continue }
            let count = recv(channel, &block, block.count, 0)
            guard count > 0 else { break }
            text += block.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func reason(_ report: String?) -> String {
        guard let report else { return "the new process did not serve in time" }
        let text = report.split(separator: "\n").joined(separator: "\n")
        return text.isEmpty ? "the new process has ended before it served; its log says more" : text
    }

    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "martlet.upgrade").async { continuation.resume(returning: body()) }
        }
    }
}
