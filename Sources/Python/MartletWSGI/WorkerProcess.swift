internal import CMartletProcess
internal import CMartletWorker
internal import Glibc
internal import MartletControl
internal import MartletProcesses
import Synchronization

/// One worker process and the thread that watches it.
final class WorkerProcess: Sendable {
    /// What becomes known of a worker, in this order; called on the watching thread.
    enum Event: Sendable {
        /// It takes requests, and has told this of static folders before.
        case ready(StaticFolders)
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
        /// It has sent what is no message; said once.
        case malformed(ControlError)
        case ended(ExitStatus)
    }

    let pid: pid_t
    /// Our end of the control socket. The worker leaves when it is closed.
    private let control: CInt
    private let stage = Mutex(Stage.starting)

    private enum Stage {
        case starting
        case ready
        /// The process id may belong to somebody else by now: no signal goes there any more.
        case ended
    }

    private init(pid: pid_t, control: CInt) {
        self.pid = pid
        self.control = control
    }

    deinit {
        close(control)
    }

    /// Starts a Python that imports the application. It is killed when the calling thread ends.
    ///
    /// - Parameter order: nil for the process that forks the workers.
    static func start(_ launch: WorkerLaunch, _ order: WorkerOrder?) throws(SpawnError) -> WorkerProcess {
        let ends = try makeControl()
        let result = ChildProcess.start(
            launch.python,
            launch.arguments(place: order?.place, control: ends[1]),
            inherited: [launch.bootstrap, ends[1]],
            terminal: launch.place,
            identity: launch.identity,
            diesWithThread: true
        )
        close(ends[1])
        switch result {
        case .success(let pid):
            if let order { launch.send(order, to: ends[0]) }
            return WorkerProcess(pid: pid, control: ends[0])
        case .failure(let error):
            close(ends[0])
            throw error
        }
    }

    private static func makeControl() throws(SpawnError) -> [CInt] {
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SpawnError(path: "the worker's control socket", number: errno)
        }
        return ends
    }

    /// How long a preload process may take to fork: hooks of `os.register_at_fork` are the application's own code.
    private static let forkSeconds = 10

    /// Has this process, which has imported the application, fork a worker; waits until that says that it is there.
    func fork(_ launch: WorkerLaunch, _ order: WorkerOrder) throws(SpawnError) -> WorkerProcess {
        let ends = try Self.makeControl()
        _ = martlet_name_senders(ends[0])
        let command = WorkerCommand.fork.bytes
        let result = OrphanReaper.spawning { () -> Result<pid_t, SpawnError> in
            let error = martlet_send_descriptors(control, command, command.count, [ends[1]], 1)
            close(ends[1])
            guard error == 0 else {
                return .failure(SpawnError(path: "a worker from the preloaded application", number: error))
            }
            var message = [UInt8](repeating: 0, count: ControlMessage.Sender.worker.limit)
            var sender: pid_t = 0
            var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            let isThere = poll(&entry, 1, Int32(Self.forkSeconds * 1000)) > 0
            let count = isThere ? martlet_receive_from(ends[0], &message, message.count, &sender) : 0
            // An application that could name its process could have us kill any other.
            if count > 0, sender > 1, (try? WorkerReport(message[..<count])) == .forked { return .success(sender) }
            let number = isThere ? EPIPE : ETIMEDOUT
            return .failure(SpawnError(path: "a worker from the preloaded application", number: number))
        }
        switch result {
        case .success(let pid):
            launch.send(order, to: ends[0])
            return WorkerProcess(pid: pid, control: ends[0])
        case .failure(let error):
            close(ends[0])
            throw error
        }
    }

    /// Sends a command to the worker's main thread. One that does not read is not waited for.
    func send(_ command: WorkerCommand) {
        let bytes = command.bytes
        _ = Glibc.send(control, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// Tells the worker to end after the requests that it has: its threads by shared memory, for they may be all that runs, and
    /// the main thread by a command.
    func stop(_ record: UnsafeMutablePointer<martlet_worker>) {
        martlet_store32(&record.pointee.stop, 1)
        _ = martlet_add32(&record.pointee.futex, 1)
        martlet_futex_wake(&record.pointee.futex, Int32.max)
        send(.stop)
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

    /// Ends it at once; while it imports, with all that it has started, for what runs first may be a script that starts Python.
    ///
    /// - Parameter isPreload: whether it forks workers. Those have groups of their own, what hangs on the way to one has not.
    func kill(isPreload: Bool = false) {
        stage.withLock { stage in
            if stage == .starting || isPreload { _ = Glibc.kill(-pid, SIGKILL) }
            if stage != .ended { _ = Glibc.kill(pid, SIGKILL) }
        }
    }

    /// Whether the worker has said that it is ready, which it does before it takes requests.
    var isReady: Bool {
        stage.withLock { stage in
            var first: UInt8 = 0
            // What it has said may not have been read yet. What it tells of static folders stands before that.
            return stage == .ready
                || recv(control, &first, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
                    && Self.words.contains(first)
        }
    }

    /// What a worker says when its application is there.
    private static let words = [ControlMessage.ready, .staticFolder, .mediaType, .keepsStatic].map(\.letter)

    private func receive(_ message: inout [UInt8]) -> Int {
        stage.withLock { stage in
            let count = recv(control, &message, message.count, Int32(MSG_DONTWAIT))
            if count > 0, message[0] == ControlMessage.ready.letter, stage == .starting { stage = .ready }
            return count
        }
    }

    /// Has it write the stacks of its threads to standard error.
    func showStacks() {
        stage.withLock { stage in
            if stage != .ended { _ = Glibc.kill(pid, SIGXCPU) }
        }
    }

    /// A thread for each worker is the one way to wait for a known child that needs neither SIGCHLD, which a program has
    /// only one handler for, nor a `wait` for any child, which takes those of others.
    func watch(startTimeout: Duration?, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let body = ThreadBody { [self] in
            // One byte more than a message may have tells that it is too long.
            var message = [UInt8](repeating: 0, count: ControlMessage.Sender.worker.limit + 1)
            var wasMalformed = false
            var folders: StaticFolders? = StaticFolders()
            let end = martlet_pidfd_open(pid)
            var startLimit = StartLimit(startTimeout)
            while true {
                // Without pidfd (kernels before 5.3) the end of the control socket stands for the end of the process.
                var entries = [
                    pollfd(fd: control, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: end, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&entries, end < 0 ? 1 : 2, startLimit.milliseconds) > 0 else {
                    if startLimit.isOver {
                        startLimit.showStacks(of: self)
                        onEvent(.failed(startLimit.failure))
                        kill()
                        break
                    } else if startLimit.isSilent {
                        startLimit.hasSpoken()
                        onEvent(.importing(seconds: Int(startLimit.age / .seconds(1)), stack: nil))
                    }
                    continue
                }
                guard entries[0].revents != 0 else { break }
                let count = receive(&message)
                // A worker that ends with a command of ours unread resets the socket; what it said before is there still.
                if count < 0 && (errno == ECONNRESET || errno == EINTR || errno == EAGAIN) { continue }
                guard count > 0 else { break }
                guard let event = Event(message[..<count], &folders) else { continue }
                if case .malformed = event {
                    // An application may send what it likes, as often as it likes.
                    if wasMalformed { continue }
                    wasMalformed = true
                }
                switch event {
                case .ready, .failed: startLimit.end()
                case .importing: startLimit.hasSpoken()
                default: break
                }
                onEvent(event)
            }
            if end >= 0 { close(end) }
            onEvent(.ended(waitForEnd()))
        }
        guard !body.start() else { return }
        // Nobody would hear what it says, or see how it ends.
        kill()
        onEvent(.ended(waitForEnd()))
    }

    private func waitForEnd() -> ExitStatus {
        OrphanReaper.wait(for: pid) { stage.withLock { $0 = .ended } }.map(ExitStatus.init) ?? .exited(-1)
    }
}

extension WorkerProcess.Event {
    /// What a worker says on its control socket; nil for what is said with `ready`.
    ///
    /// - Parameter folders: what it has told so far. Nil once it is ready: from then on requests could have a say in it.
    fileprivate init?(_ message: ArraySlice<UInt8>, _ folders: inout StaticFolders?) {
        do throws(ControlError) {
            let report = try WorkerReport(message)
            switch report {
            case .ready: self = .ready(folders.take() ?? StaticFolders())
            case .staticFolder, .mediaType, .keepsStatic:
                if folders?.add(report) == true { return nil }
                self = .malformed(.unknown(letter: message.first ?? 0))
            case .failed(let advice, let traceback): self = .failed(ImportFailed(advice: advice, traceback: traceback))
            case .filesChanged: self = .filesChanged
            case .importing(let seconds, let stack): self = .importing(seconds: seconds, stack: stack)
            case .wantsSuccessor: self = .wantsSuccessor
            case .reachedLimit: self = .hasReachedLimit
            case .debugged: self = .isDebugged
            // Read where a worker is forked; here it comes too late.
            case .forked: self = .malformed(.unknown(letter: ControlMessage.forked.letter))
            }
        } catch {
            self = .malformed(error)
        }
    }
}
