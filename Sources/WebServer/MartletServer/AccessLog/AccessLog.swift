import Dispatch
import Glibc
import Logging
import Synchronization

/// Writes the access log on a thread of its own.
///
/// The rules:
///
/// 1. Event loops collect lines and hand them over in batches; they never wait for the disk.
/// 2. The bytes that wait to be written are bounded. If the disk blocks, lines are dropped and counted, and the count
///    is logged.
/// 3. ``reopen()`` reopens the file between two batches, so that log rotation loses no line.
final class AccessLog: Sendable {
    /// nginx blocks its worker instead; a server that answers is worth more than a complete log.
    private static let capacity = 4_194_304

    private struct State {
        var waiting: [UInt8] = []
        var droppedLines = 0
        var isScheduled = false
        /// Why the last batch could not be written.
        var problem: String?
    }

    let target: AccessLogTarget
    private let logger: Logger
    private let queue = DispatchQueue(label: "martlet.access-log")
    private let state = Mutex(State())
    private let descriptor: Mutex<CInt>
    /// A person is watching: each line is written when it is made.
    let isInteractive: Bool

    /// - Throws: ``AccessLogError`` if the file cannot be opened.
    init?(_ target: AccessLogTarget, logger: Logger) throws {
        self.target = target
        self.logger = logger
        switch target {
        case .off:
            return nil
        case .standardOutput:
            descriptor = Mutex(STDOUT_FILENO)
            isInteractive = isatty(STDOUT_FILENO) == 1
        case .file(let path):
            descriptor = Mutex(try Self.open(path))
            isInteractive = false
        }
    }

    deinit {
        if case .file = target { _ = descriptor.withLock { Glibc.close($0) } }
    }

    private static func open(_ path: String) throws -> CInt {
        do {
            return try LogFile.open(path)
        } catch {
            throw AccessLogError(path: path, reason: error.reason)
        }
    }

    /// Takes whole lines and leaves `lines` empty.
    func handOver(_ lines: inout [UInt8], count: Int) {
        guard !lines.isEmpty else { return }
        let mustSchedule = state.withLock { state in
            if state.waiting.count > Self.capacity - lines.count {
                state.droppedLines += count
            } else {
                state.waiting.append(contentsOf: lines)
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        lines.removeAll(keepingCapacity: true)
        if mustSchedule { queue.async { self.write() } }
    }

    private func write() {
        let (bytes, dropped) = state.withLock { state in
            state.isScheduled = false
            defer {
                state.waiting = []
                state.droppedLines = 0
            }
            return (state.waiting, state.droppedLines)
        }
        if dropped > 0 {
            logger.warning("The access log cannot be written fast enough: \(dropped) lines were dropped.")
        }
        guard !bytes.isEmpty else { return }
        let problem = descriptor.withLock { Self.writeAll(bytes, to: $0) }
        // Log a full disk once, not with every batch.
        let isNews = state.withLock { state in
            defer { state.problem = problem }
            return state.problem != problem
        }
        if let problem, isNews { logger.warning("The access log cannot be written: \(problem).") }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> String? {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let result = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if result > 0 {
                    written += result
                } else if errno == EAGAIN {
                    var waiter = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiter, 1, 1000)
                } else if errno != EINTR {
                    return String(cString: strerror(errno))
                }
            }
            return nil
        }
    }

    /// Reopens the file by its name: if it was moved away, new lines go to a new file.
    func reopen() {
        guard case .file(let path) = target else { return }
        queue.async {
            do {
                let fresh = try Self.open(path)
                let old = self.descriptor.withLock { current in
                    defer { current = fresh }
                    return current
                }
                _ = Glibc.close(old)
            } catch {
                self.logger.error("\(error)")
            }
        }
    }

    /// Returns when everything that was handed over is written, or after the limit: a pipe that nobody reads blocks for
    /// ever.
    func finish(within limit: Duration) async {
        let end = BoundedWait()
        end.giveUp(after: limit)
        await end.wait {
            await withCheckedContinuation { continuation in
                self.queue.async {
                    self.write()
                    continuation.resume()
                }
            }
        }
    }
}

/// The access log cannot be opened.
public struct AccessLogError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "The access log \(path) cannot be opened: \(reason)." }
}
