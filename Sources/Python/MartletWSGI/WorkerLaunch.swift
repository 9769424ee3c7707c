internal import CMartletWorker
internal import Glibc

/// How the workers of one application are started.
struct WorkerLaunch: Sendable {
    let python: String
    let library: String
    let directory: String
    let application: String
    let workers: Int
    let threads: Int
    let memory: CInt
    let bootstrap: CInt
    /// The pipes that wake the event loops, then the passages.
    let lanes: [CInt]
    let identity: ChildIdentity
    let watchesFiles: Bool

    init(_ configuration: PythonConfiguration, interpreter: Interpreter, memory: SharedMemory, lanes: [Lane]) throws {
        python = interpreter.path
        library = try Self.findLibrary()
        directory = Interpreter.absolute(configuration.directory ?? "").trimmingTrailingSlash
        application = configuration.application
        workers = configuration.workers
        threads = configuration.threads
        self.memory = memory.descriptor
        bootstrap = try Self.makeBootstrap()
        self.lanes = lanes.map(\.descriptor) + lanes.map(\.passage.workersEnd)
        watchesFiles = configuration.reloadsOnChange
        identity = try ChildIdentity(configuration)
    }

    /// What this value opened. Once, when no worker is started any more.
    func closeDescriptors() {
        close(bootstrap)
    }

    var descriptors: [CInt] { [memory, bootstrap] + lanes }

    /// - Parameter place: nil for the process that imports the application and forks the workers.
    func arguments(place: Int?, control: CInt) -> [String] {
        [
            // The bootstrap comes from a descriptor, so that `ps` shows a line that can be read.
            "-c", "import os; exec(compile(os.pread(\(bootstrap), 1 << 20, 0), '<martlet>', 'exec'))",
            library, "\(memory)", "\(control)", lanes.map(String.init).joined(separator: ","), "\(lanes.count / 2)",
            "\(workers * 2)",
            place.map(String.init) ?? "preload", "\(threads)", directory, application,
            // One watcher is enough for all.
            watchesFiles && (place ?? 0) % workers == 0 ? "1" : "0",
        ]
    }

    /// The library that workers load: beside the program, where `make` and packages put it.
    static func findLibrary() throws(WorkerLibraryMissing) -> String {
        let name = "libMartletWorker.so"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        let places = [folder + "/" + name, folder + "/../lib/martlet/" + name]
        for place in places where access(place, R_OK) == 0 { return place }
        throw WorkerLibraryMissing(places: places)
    }

    /// A descriptor that holds the bootstrap's text.
    static func makeBootstrap() throws -> CInt {
        let text = PackageResources.file_wrapper_py + PackageResources.upgrade_socket_py + PackageResources.bootstrap_py
        let descriptor = text.withUnsafeBytes { $0.baseAddress.map { martlet_text_create($0, text.count) } ?? -1 }
        guard descriptor >= 0 else { throw SpawnError(path: "the worker's bootstrap", number: errno) }
        return descriptor
    }
}

/// The installation is not whole.
public struct WorkerLibraryMissing: Error, CustomStringConvertible {
    let places: [String]

    public var description: String {
        "The library that Python workers load is missing; it was looked for at \(places.joined(separator: " and ")). "
            + "Build it with 'make build', or install Martlet again."
    }
}

extension String {
    fileprivate var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
