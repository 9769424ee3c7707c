internal import CMartletWorker
internal import Glibc
internal import MartletControl
internal import MartletProcesses
internal import Synchronization

/// How the workers of one application are started.
struct WorkerLaunch: Sendable {
    let python: String
    /// Whether it knows `-P`: no current folder in `sys.path`. From 3.13 on `python -c` imports modules of its own before the program.
    let hasSafePath: Bool
    let library: String
    let directory: String
    let application: String
    let workers: Int
    let threads: Int
    let memory: CInt
    let bootstrap: CInt
    /// The pipes that wake the event loops, then the handover sockets.
    let lanes: [CInt]
    let identity: ChildIdentity
    let preloads: Bool
    let reloadsOnChange: Bool
    let runsOnce: Bool
    let startTimeout: Duration?
    let asksForFolders: Bool
    let place: TerminalPlace

    init(
        _ configuration: PythonConfiguration,
        interpreter: Interpreter,
        memory: SharedMemory,
        lanes: [Lane],
        asksForFolders: Bool
    ) throws {
        python = interpreter.path
        hasSafePath = interpreter.minorVersion >= 11
        library = try Self.findLibrary()
        directory = Interpreter.absolute(configuration.directory ?? "").trimmingTrailingSlash
        application = configuration.application
        workers = configuration.workers
        threads = configuration.threads
        self.memory = memory.descriptor
        bootstrap = try Self.memoryFile(of: WorkerProgram.text)
        self.lanes = lanes.map(\.descriptor) + lanes.map(\.handoverSocket.workersEnd)
        preloads = configuration.preload
        reloadsOnChange = configuration.reloadsOnChange
        runsOnce = configuration.runsOnce
        startTimeout = configuration.startTimeout
        self.asksForFolders = asksForFolders
        place = TerminalPlace.current
        identity = try ChildIdentity(configuration)
    }

    /// What this value opened. Once, when no worker is started any more.
    func closeDescriptors() {
        close(bootstrap)
    }

    /// - Parameter place: nil for the process that imports the application and forks the workers.
    func arguments(place: Int?, control: CInt) -> [String] {
        var words = [
            WorkerSetting.control.word(control), WorkerSetting.server.word(getpid()),
            WorkerSetting.library.word(library),
            WorkerSetting.lanes.word(lanes.count / 2), WorkerSetting.places.word(workers * 2),
            WorkerSetting.threads.word(threads), WorkerSetting.directory.word(directory),
        ]
        if let startTimeout { words.append(WorkerSetting.startTimeout.word(startTimeout / .seconds(1))) }
        if place == nil { words.append(WorkerSetting.preload.word) }
        if reloadsOnChange { words.append(WorkerSetting.reload.word) }
        // One watcher is enough for all.
        if reloadsOnChange && (place ?? 0) % workers == 0 { words.append(WorkerSetting.watch.word) }
        if WorkerLog.isJSON.load(ordering: .relaxed) { words.append(WorkerSetting.jsonLog.word) }
        if asksForFolders { words.append(WorkerSetting.staticFolders.word) }
        if runsOnce { words.append(WorkerSetting.once.word) }
        if self.place == .foreground { words.append(WorkerSetting.terminal.word) }
        let program = WorkerProgram.start(from: bootstrap)
        return (hasSafePath ? ["-P"] : []) + ["-c", program] + words + [application]
    }

    /// Tells a worker its order, and hands over the shared memory and the lanes. They are no
    /// descriptors that it inherits: nothing that runs before the bootstrap, and no program that the application runs while it is
    /// imported, can have them.
    func send(_ order: WorkerOrder, to control: CInt) {
        let text = WorkerCommand.order(place: order.place, requests: order.isHeld ? -1 : order.limit).bytes
        let all = [memory] + lanes
        for start in stride(from: 0, to: all.count, by: Int(MARTLET_DESCRIPTORS_AT_ONCE)) {
            let part = Array(all[start..<min(all.count, start + Int(MARTLET_DESCRIPTORS_AT_ONCE))])
            // Where this fails, the worker has ended; that is heard elsewhere.
            _ = martlet_send_descriptors(control, text, text.count, part, part.count)
        }
    }

    /// The library that workers load: beside the program, where `make` and packages put it.
    static func findLibrary() throws(WorkerLibraryMissing) -> String {
        let name = "libMartletWorker.so"
        let folder = RunningProgram.folder
        let places = [folder + "/" + name, folder + "/../lib/martlet/" + name]
        for place in places where access(place, R_OK) == 0 { return place }
        throw WorkerLibraryMissing(places: places)
    }

    /// A descriptor of a program's text.
    static func memoryFile(of text: [UInt8]) throws -> CInt {
        let descriptor = text.withUnsafeBytes { $0.baseAddress.map { martlet_text_create($0, text.count) } ?? -1 }
        guard descriptor >= 0 else { throw SpawnError(path: "a program for Python", number: errno) }
        return descriptor
    }
}

/// What a worker is told when it has imported the application.
struct WorkerOrder: Sendable {
    let place: Int
    /// How many requests it takes; 0 for any number.
    let limit: Int
    /// Whether it waits to be told to begin.
    let isHeld: Bool
}

/// The installation is not whole.
public struct WorkerLibraryMissing: Error, CustomStringConvertible {
    let places: [String]

    public var description: String {
        "The library that Python workers load is missing; it was looked for at \(places.joined(separator: " and ")). "
            + "Build it with 'make build', or install Martlet again; 'pip install --target' leaves it out, --prefix does not."
    }
}

extension String {
    fileprivate var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
