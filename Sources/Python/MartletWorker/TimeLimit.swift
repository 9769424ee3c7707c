internal import CMartletWorker
internal import Glibc

/// The time limit of the request that a thread works on. The server measures it, and asks for an exception in the thread: that
/// must hit this request, and nothing that comes after it.
struct TimeLimit {
    /// The application is being called and has not answered: what the limit is for.
    private(set) var isRunning = false
    /// An exception for this request is on its way to the thread.
    private var isInterrupted = false
    /// Python's identifier of the thread that this is made on.
    private let thread = UInt(pthread_self())

    mutating func begin() {
        isRunning = true
    }

    /// Has the thread raise an exception. The GIL is held.
    mutating func interrupt(with exception: PyObject?) {
        isInterrupted = true
        _ = py_PyThreadState_SetAsyncExc(thread, exception)
    }

    /// What follows is under no limit. Called by the thread itself.
    mutating func end() {
        isRunning = false
        guard isInterrupted else { return }
        isInterrupted = false
        _ = py_PyThreadState_SetAsyncExc(thread, nil)
    }
}
