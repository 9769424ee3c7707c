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
    /// The least of them: between this and ``workers`` there are as many as the load asks for. nil for always as many.
    public var minimumWorkers: Int?
    /// How long a worker may have nothing to do before it ends, down to ``minimumWorkers``. php-fpm's `pm.process_idle_timeout` is
    /// 10 s, NGINX Unit's `idle_timeout` 15 s; an import of a large application can take longer than that.
    public var workersIdle: Duration = .seconds(60)
    /// Threads in each process.
    public var threads: Int

    /// Variables that the workers have besides the server's own.
    public var environment: [String: String] = [:]
    /// `user` or `user:group` that the workers run as; only root can change it.
    public var user: String?

    /// How long a worker may take to import the application. nil for ever. systemd gives a service 90 s (`TimeoutStartSec`).
    public var startTimeout: Duration? = .seconds(120)
    /// How long a request may take until its response begins; then the client gets 504 and the application an exception. nil
    /// for ever. nginx gives an upstream 60 s (`proxy_read_timeout`).
    public var requestTimeout: Duration? = .seconds(60)
    /// How long a request may wait for a free thread before it is answered with 503. nil for ever.
    public var queueTimeout: Duration? = .seconds(30)
    /// Requests that take longer are logged with the Python stack of the moment; nil for none.
    public var slowRequest: Duration?

    /// A worker is replaced after this many requests, and up to a tenth more so that not all are replaced at once; nil for never.
    public var maximumRequests: Int?
    /// A worker is replaced when it is this old, and up to a tenth more; nil for never.
    public var maximumLifetime: Duration?
    /// A worker is replaced when its resident memory is larger, in bytes; nil for never.
    public var maximumMemory: Int?

    /// Takes request bodies in before the application is called, so that a slow client holds no thread of a worker.
    /// nginx does so by default (`proxy_request_buffering on`).
    public var requestBuffering = true
    /// Takes responses from a worker at its own speed, and keeps what the client has not taken yet. nginx does so by default
    /// (`proxy_buffering on`).
    public var responseBuffering = true
    /// How much of one response is kept so at most, in bytes. nginx's `proxy_max_temp_file_size` is 1 GB.
    public var responseBufferingLimit = 1 << 30

    /// Imports the application once, in a process that then forks the workers.
    public var preload = false
    /// Reloads when a source file changes, and shows an application that cannot be imported in the browser. For development.
    public var reloadsOnChange = false
    /// Has the server answer for the static folders of Flask and Django, where that is certain to change nothing.
    public var servesStaticFolders = true
    /// Whether its process ends with its first request, as that of a CGI program: `wsgi.run_once`.
    public var runsOnce = false
    /// Passes header names with an underscore on, which environ cannot tell from those with a hyphen.
    public var allowsUnderscores = false

    /// How long a worker that was asked to end may take for the requests that it has. gunicorn's `graceful_timeout` is 30 s.
    public var grace: Duration = .seconds(30)
    /// How these settings are written where they were given: for messages.
    package var names = SettingNames.fields

    public init(application: String, python: String? = nil, directory: String? = nil, workers: Int, threads: Int) {
        self.application = application
        self.python = python
        self.directory = directory
        self.workers = workers
        self.threads = threads
    }
}
