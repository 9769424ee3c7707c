extension PythonApplication {
    /// How many open files and sockets the server needs for an application: to start it, and to replace its workers.
    public static func descriptors(for configuration: PythonConfiguration, eventLoops: Int) -> Int {
        // The ends of a pipe, the loop's duplicate, and both ends of the handover socket.
        let lanes = eventLoops * 5
        // The control socket and the pidfd of each worker and of its successor.
        let workers = configuration.workers * 4
        // The shared memory, the bootstrap, the process that forks with --preload, what is open while one is started, and
        // what watches the sockets of WebSockets.
        return lanes + workers + 9
    }

    /// How many threads and processes an application needs: each worker has a main thread, one that watches the server, and those
    /// that run requests; a thread of the server watches it. One more starts them, and one watches the sockets of WebSockets.
    public static func threads(for configuration: PythonConfiguration) -> Int {
        configuration.workers * (configuration.threads + 3) + 2
    }
}
