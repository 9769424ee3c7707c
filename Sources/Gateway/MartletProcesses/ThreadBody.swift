internal import Glibc

/// A detached thread with a small stack.
package final class ThreadBody {
    private let closure: @Sendable () -> Void

    package init(_ closure: @escaping @Sendable () -> Void) {
        self.closure = closure
    }

    /// - Returns: whether there is a thread; the system may have none left.
    package func start() -> Bool {
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
        return error == 0
    }
}
