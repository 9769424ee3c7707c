internal import CMartletWorker
internal import Glibc

/// One worker process and the thread that watches it.
final class WorkerProcess: Sendable {
    /// What becomes known of a worker, in this order; called on the watching thread.
    enum Event: Sendable {
        case ready
        /// The application could not be imported.
        case failed(ImportFailed)
        /// A file of the application has changed (`--reload`).
        case filesChanged
        /// The import takes long; it has taken so many seconds, and stands there. Without a stack the worker does not say.
        case importing(seconds: Int, stack: String?)
        /// The worker's limit on requests is near.
        case wantsSuccessor
        /// The worker takes no more requests.
        case hasReachedLimit
        /// A debugger has stopped a request.
        case isDebugged
        case ended(ExitStatus)
    }

    let pid: pid_t
    /// Our end of the control socket. The worker leaves when it is closed.
    private let control: CInt

    private init(pid: pid_t, control: CInt) {
        self.pid = pid
        self.control = control
    }

    deinit {
        close(control)
    }

    /// Starts a Python that imports the application.
    ///
    /// - Parameter order: nil for the process that forks the workers.
    static func start(
        _ launch: WorkerLaunch,
        _ order: WorkerOrder?,
        onEvent: @escaping @Sendable (Event) -> Void
    ) throws -> WorkerProcess {
        let ends = try makeControl()
        let result = ChildProcess.start(
            launch.python,
            launch.arguments(place: order?.place, control: ends[1]),
            inherited: [launch.bootstrap, ends[1]],
            terminal: launch.place,
            identity: launch.identity
        )
        close(ends[1])
        switch result {
        case .failure(let error):
            close(ends[0])
            throw error
        case .success(let pid):
            let process = WorkerProcess(pid: pid, control: ends[0])
            if let order { launch.send(order, to: ends[0]) }
            process.watch(startTimeout: launch.startTimeout, onEvent)
            return process
        }
    }

    private static func makeControl() throws -> [CInt] {
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SpawnError(path: "the worker's control socket", number: errno)
        }
        return ends
    }

    /// Has this process, which has imported the application, fork a worker; waits until it says its process id.
    func fork(
        _ launch: WorkerLaunch,
        _ order: WorkerOrder,
        onEvent: @escaping @Sendable (Event) -> Void
    ) throws -> WorkerProcess {
        let ends = try Self.makeControl()
        let command = Array("fork".utf8)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        let result = OrphanReaper.spawning { () -> Result<pid_t, SpawnError> in
            let error = martlet_send_descriptors(control, command, command.count, [ends[1]], 1)
            close(ends[1])
            var message = [UInt8](repeating: 0, count: 32)
            let count = error == 0 ? recv(ends[0], &message, message.count, 0) : 0
            if count > 0, let pid = pid_t(String(decoding: message[..<count], as: UTF8.self)) { return .success(pid) }
            return .failure(
                SpawnError(path: "a worker from the preloaded application", number: error == 0 ? EPIPE : error)
            )
        }
        let pid: pid_t
        switch result {
        case .success(let started): pid = started
        case .failure(let error):
            close(ends[0])
            throw error
        }
        patience.tv_sec = 0
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        let process = WorkerProcess(pid: pid, control: ends[0])
        launch.send(order, to: ends[0])
        process.watch(startTimeout: launch.startTimeout, onEvent)
        return process
    }

    /// Tells the worker to end after the requests that it has.
    func hangUp() {
        shutdown(control, CInt(SHUT_RDWR))
    }

    /// Sends a command to the worker's main thread. One that does not read is not waited for.
    func send(_ command: String) {
        let bytes = Array(command.utf8)
        _ = Glibc.send(control, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// Tells the worker to end after the requests that it has: its threads by shared memory, for they may be all that runs, and
    /// the main thread by a command.
    func stop(_ record: UnsafeMutablePointer<martlet_worker>) {
        martlet_store32(&record.pointee.stop, 1)
        _ = martlet_add32(&record.pointee.futex, 1)
        martlet_futex_wake(&record.pointee.futex, Int32.max)
        send("S")
    }

    /// Resident memory that is the process' own, in bytes: without the shared region and the libraries.
    var privateMemory: Int {
        let descriptor = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &buffer, buffer.count)
        let numbers = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ").compactMap {
            Int($0)
        }
        guard numbers.count > 2, numbers[1] >= numbers[2] else { return 0 }
        return (numbers[1] - numbers[2]) * Int(getpagesize())
    }

    func kill(_ signal: CInt) {
        Glibc.kill(pid, signal)
    }

    /// A thread for each worker is the one way to wait for a known child that needs neither SIGCHLD, which a program has
    /// only one handler for, nor a `wait` for any child, which takes those of others.
    private func watch(startTimeout: Duration?, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let body = ThreadBody { [self] in
            var message = [UInt8](repeating: 0, count: 1 << 18)
            let end = martlet_pidfd_open(pid)
            var isTalking = true
            var startLimit = StartLimit(startTimeout)
            while isTalking {
                // Without pidfd (kernels before 5.3) the end of the control socket stands for the end of the process.
                var entries = [
                    pollfd(fd: control, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: end, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&entries, end < 0 ? 1 : 2, startLimit.milliseconds) > 0 else {
                    if startLimit.isOver {
                        startLimit.showStacks(of: self)
                        onEvent(.failed(startLimit.failure))
                        kill(SIGKILL)
                        isTalking = false
                    } else if startLimit.isSilent {
                        startLimit.hasSpoken()
                        onEvent(.importing(seconds: Int(startLimit.age / .seconds(1)), stack: nil))
                    }
                    continue
                }
                guard entries[0].revents != 0 else { break }
                let count = recv(control, &message, message.count, 0)
                // A worker that ends with a command of ours unread resets the socket; what it said before is there still.
                if count < 0 && (errno == ECONNRESET || errno == EINTR) { continue }
                switch count > 0 ? message[0] : 0 {
                case UInt8(ascii: "R"):
                    startLimit.end()
                    onEvent(.ready)
                case UInt8(ascii: "F"):
                    startLimit.end()
                    onEvent(.failed(ImportFailed(message: message[1..<count])))
                case UInt8(ascii: "C"): onEvent(.filesChanged)
                case UInt8(ascii: "I"):
                    startLimit.hasSpoken()
                    onEvent(Self.importing(message[1..<count]))
                case UInt8(ascii: "N"): onEvent(.wantsSuccessor)
                case UInt8(ascii: "L"): onEvent(.hasReachedLimit)
                case UInt8(ascii: "B"): onEvent(.isDebugged)
                default: isTalking = false
                }
            }
            if end >= 0 { close(end) }
            onEvent(.ended(ChildProcess.wait(for: pid)))
        }
        body.start()
    }
}

extension WorkerProcess {
    /// From a worker's message: the seconds, a line's end, the stack.
    private static func importing(_ message: ArraySlice<UInt8>) -> Event {
        let end = message.firstIndex(of: UInt8(ascii: "\n")) ?? message.endIndex
        return .importing(
            seconds: Int(String(decoding: message[..<end], as: UTF8.self)) ?? 0,
            stack: String(decoding: message[end...].dropFirst(), as: UTF8.self)
        )
    }
}

/// A detached thread with a small stack.
final class ThreadBody {
    private let closure: @Sendable () -> Void

    init(_ closure: @escaping @Sendable () -> Void) {
        self.closure = closure
    }

    func start() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 128 * 1024)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self).toOpaque()
        let error = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().closure()
                return nil
            },
            argument
        )
        if error != 0 { Unmanaged<ThreadBody>.fromOpaque(argument).release() }
        pthread_attr_destroy(&attributes)
    }
}
