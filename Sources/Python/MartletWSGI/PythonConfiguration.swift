/// What a Python application is started with.
public struct PythonConfiguration: Sendable {
    /// `module:attribute`, `module`, `path/file.py[:attribute]` or `module:factory()`.
    public var application: String
    /// The interpreter that was asked for; nil to look for it.
    public var python: String?
    /// The folder that the application is imported from and runs in; nil for the current one.
    public var directory: String?
    /// Processes; each has a GIL of its own.
    public var workers: Int
    /// Threads in each process.
    public var threads: Int

    public init(application: String, python: String? = nil, directory: String? = nil, workers: Int, threads: Int) {
        self.application = application
        self.python = python
        self.directory = directory
        self.workers = workers
        self.threads = threads
    }
}
