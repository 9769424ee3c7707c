internal import CMartletWorker
internal import Glibc
internal import MartletBytes

/// The threads that sleep on the slot of one thread's request.
///
/// An application may hand `wsgi.input` or `write` to a thread of its own, which then sleeps here as well, with the GIL
/// released. Nobody may still do that when the slot is given back: it would take the wake-up of the next request, and that
/// client's bytes. So those who sleep are counted, and ``sendAway(_:)`` ends their sleep and waits until they have let go
/// of the slot.
struct SlotWaiters {
    /// In this process' own memory: how many threads use the slot without the GIL, and whether that has to end.
    private let asleep = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    private let isOver = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

    /// To leave takes a thread no lock and no GIL, only a processor.
    private static let patience: UInt64 = 30_000_000_000

    init() {
        asleep.initialize(to: 0)
        isOver.initialize(to: 0)
    }

    /// The next request begins. Nobody sleeps.
    func begin() {
        martlet_store32(isOver, 0)
    }

    /// How a sleep ended.
    enum Outcome {
        /// What was waited for is there.
        case ready
        /// The client is gone, or the request is over.
        case gone
        /// A signal has come, whose handler in Python may have something to say.
        case interrupted
    }

    /// Sleeps with the GIL released until the server has changed something about the slot and `isReady` holds.
    ///
    /// The request may be over when this returns, and another may have the slot: look before you touch it.
    ///
    /// - Parameters:
    ///   - isReady: called without the GIL, and only while the slot belongs to the request.
    ///   - evenIfCancelled: whether the server does it also where the client is gone.
    func wait(
        on slot: UnsafeMutablePointer<martlet_slot>,
        until isReady: () -> Bool,
        evenIfCancelled: Bool = false
    ) -> Outcome {
        _ = martlet_add32(asleep, 1)
        let state = py_PyEval_SaveThread()
        let outcome = sleep(on: slot, until: isReady, evenIfCancelled)
        // From here on this thread does not touch the slot.
        _ = martlet_add32(asleep, UInt32.max)
        if martlet_load32(isOver) != 0 { martlet_futex_wake(asleep, Int32.max) }
        py_PyEval_RestoreThread(state)
        return outcome
    }

    private func sleep(
        on slot: UnsafeMutablePointer<martlet_slot>,
        until isReady: () -> Bool,
        _ evenIfCancelled: Bool
    ) -> Outcome {
        while true {
            let seen = martlet_load32(&slot.pointee.wake)
            if martlet_load32(isOver) != 0 { return .gone }
            _ = martlet_add32(&slot.pointee.waiting, 1)
            defer { _ = martlet_add32(&slot.pointee.waiting, UInt32.max) }
            if isReady() { return .ready }
            if !evenIfCancelled, martlet_load32(&slot.pointee.cancelled) != 0 { return .gone }
            if martlet_futex_wait(&slot.pointee.wake, seen, -1) == EINTR { return .interrupted }
        }
    }

    /// Ends the sleep of everybody, before the slot is given back. The GIL is held, so that nobody can begin to sleep.
    func sendAway(_ slot: UnsafeMutablePointer<martlet_slot>) {
        guard martlet_load32(asleep) > 0 else { return }
        martlet_store32(isOver, 1)
        let began = martlet_clock()
        while true {
            let left = martlet_load32(asleep)
            guard left > 0 else { return }
            _ = martlet_add32(&slot.pointee.wake, 1)
            martlet_futex_wake(&slot.pointee.wake, Int32.max)
            _ = martlet_futex_wait(asleep, left, 1)
            guard martlet_clock() &- began > Self.patience else { continue }
            // To go on would give the slot away with a stranger in it.
            let text =
                "martlet: a thread of the application that waits for a request's bytes does not run; the worker ends.\n"
            StandardError.write(text)
            _exit(1)
        }
    }
}
