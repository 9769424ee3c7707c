import Dispatch
import Glibc
import MartletProcesses

/// The pipe that a process writes to, and the thread that reads it.
final class OutputPipe: Sendable {
    /// For the process, which alone is to have it: ``closeWritingEnd()``.
    let writingEnd: CInt
    private let readingEnd: CInt
    /// Closed to tell the thread that the process has ended.
    private let quit: (reading: CInt, writing: CInt)
    private let isDone = DispatchSemaphore(value: 0)

    /// Nil, and errno, where the system has no descriptors left.
    init?() {
        var ends: [CInt] = [-1, -1]
        var quit: [CInt] = [-1, -1]
        guard ChildProcess.makePipe(&ends) else { return nil }
        guard ChildProcess.makePipe(&quit) else {
            let number = errno
            for end in ends { close(end) }
            errno = number
            return nil
        }
        (readingEnd, writingEnd) = (ends[0], ends[1])
        self.quit = (quit[0], quit[1])
    }

    deinit {
        close(readingEnd)
        close(quit.reading)
    }

    /// Begins to read.
    ///
    /// - Returns: whether there is a thread for it.
    func read(_ onLine: @escaping @Sendable (String) -> Void) -> Bool {
        let isRunning = ThreadBody { [self] in
            readAll(onLine)
            isDone.signal()
        }.start()
        if !isRunning { isDone.signal() }
        return isRunning
    }

    /// Once, when the process has its own, or will have none.
    func closeWritingEnd() { close(writingEnd) }

    /// Once. Reads what the process has left, and no more: what it has started may write for ever.
    func finish() {
        close(quit.writing)
        isDone.wait()
    }

    private func readAll(_ onLine: (String) -> Void) {
        var lines = OutputLines()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        _ = fcntl(readingEnd, F_SETFL, O_NONBLOCK)
        var isLast = false
        while true {
            let count = Glibc.read(readingEnd, &buffer, buffer.count)
            if count > 0 {
                lines.take(buffer[..<count], onLine)
                continue
            }
            if count < 0, errno == EINTR { continue }
            guard count < 0, errno == EAGAIN, !isLast else { break }
            var entries = [
                pollfd(fd: readingEnd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: quit.reading, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&entries, 2, -1)
            isLast = entries[1].revents != 0
        }
        lines.finish(onLine)
    }
}
