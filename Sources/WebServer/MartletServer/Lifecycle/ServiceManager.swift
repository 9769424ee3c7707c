public import Glibc
public import NIOCore
import Synchronization

/// Tells systemd what this service is doing, as in sd_notify(3): a datagram of lines to the socket `NOTIFY_SOCKET`.
///
/// The rules:
///
/// 1. Only what `Type=notify` and `Type=notify-reload` expect is sent: READY, RELOADING with its time, STOPPING,
///    STATUS.
/// 2. Children do not inherit the socket's name: systemd would take a worker's message for the service's.
/// 3. `WATCHDOG=1` is sent while every event loop responds; if one hangs, systemd restarts the service.
/// 4. A manager that does not read does not hold the server up.
public final class ServiceManager: Sendable {
    private struct State {
        var reloads = 0
        var isStopping = false
        var watchdog: Task<Void, Never>?
    }

    private let address: UnixAddress
    private let descriptor: CInt
    /// How often the watchdog expects a message; nil for never.
    private let watchdogInterval: Duration?
    private let state = Mutex(State())

    /// The manager that started this process; nil if there is none. Removes its variables from the environment, so it
    /// must be called once, while no other thread reads the environment.
    public static func take() -> ServiceManager? {
        let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = variables.map { getenv($0).map { String(cString: $0) } }
        for name in variables { unsetenv(name) }
        let isForUs = values[2].map { pid_t($0) == getpid() } ?? true
        let microseconds = isForUs ? values[1].flatMap { Int64($0) } : nil
        return values[0].flatMap { ServiceManager($0, watchdogMicroseconds: microseconds) }
    }

    private init?(_ name: String, watchdogMicroseconds: Int64?) {
        // An absolute path or an abstract name; the other kinds are for virtual machines.
        guard name.hasPrefix("/") || name.hasPrefix("@"), let address = UnixAddress(name) else { return nil }
        self.address = address
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // More than a day is as good as never.
        watchdogInterval = watchdogMicroseconds.flatMap { $0 > 0 ? min(.microseconds($0), .seconds(86_400)) : nil }
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The service is ready.
    ///
    /// - Parameters:
    ///   - status: what `systemctl status` shows.
    ///   - loops: the loops that the watchdog checks.
    public func ready(_ status: String, loops: [any EventLoop]) {
        send(["READY=1", "STATUS=\(Self.line(status))"])
        guard let watchdogInterval else { return }
        let task = Task { [weak self] in
            // systemd recommends half of the time after which it acts.
            while (try? await Task.sleep(for: watchdogInterval / 2)) != nil {
                for loop in loops { try? await loop.submit {}.get() }
                guard let self, !Task.isCancelled else { return }
                send(["WATCHDOG=1"])
            }
        }
        state.withLock { $0.watchdog = task }
    }

    /// A reload has begun. Each must end with ``reloaded(_:)``.
    public func reloading() {
        let mustSay = state.withLock { state in
            state.reloads += 1
            return state.reloads == 1 && !state.isStopping
        }
        guard mustSay else { return }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send(["RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)", "STATUS=Reloading"])
    }

    /// A reload has ended, successfully or not: the service is ready, and the status says how it went.
    public func reloaded(_ status: String) {
        let mustSay = state.withLock { state in
            state.reloads -= 1
            return state.reloads == 0 && !state.isStopping
        }
        if mustSay { send(["READY=1", "STATUS=\(Self.line(status))"]) }
    }

    /// Another process is the service's main process from now on, and the only one that systemd listens to.
    public func handOver(to process: pid_t) {
        let watchdog = state.withLock { state in
            state.isStopping = true
            return state.watchdog
        }
        watchdog?.cancel()
        send(["MAINPID=\(process)"])
    }

    /// What tells a process of this one's that it has this manager.
    public var variables: [String: String] {
        var variables = ["NOTIFY_SOCKET": address.path]
        if let watchdogInterval { variables["WATCHDOG_USEC"] = "\(Int64(watchdogInterval / .microseconds(1)))" }
        return variables
    }

    /// The service is stopping.
    public func stopping() {
        let (wasStopping, watchdog) = state.withLock { state in
            defer { state.isStopping = true }
            return (state.isStopping, state.watchdog)
        }
        guard !wasStopping else { return }
        watchdog?.cancel()
        send(["STOPPING=1", "STATUS=Stopping: requests in flight are answered"])
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private func send(_ lines: [String]) {
        let message = Array(lines.joined(separator: "\n").utf8)
        _ = address.withSockAddr { sendto(descriptor, message, message.count, CInt(MSG_NOSIGNAL), $0, $1) }
    }
}
