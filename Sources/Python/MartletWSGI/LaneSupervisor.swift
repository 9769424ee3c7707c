/// Who looks after the workers that take a lane's requests. Used on the lanes' event loops.
protocol LaneSupervisor: AnyObject, Sendable {
    /// How much of an answer is kept for a client that does not take it; nil for none.
    var responseBufferLimit: Int? { get }
    /// A debugger holds a thread: nothing is too slow.
    var hasDebugger: Bool { get }
    /// The worker and the thread that have a slot, where the slot says so; nil where nobody has it.
    func owner(of slot: Slot) -> (place: Int, thread: Int)?
    /// What a slot says cannot be: its request is lost, and the slot is kept out of use until whoever may still write to it is gone.
    func condemn(_ slot: Slot)
    /// Asks for an exception in the thread that works on a slot.
    func interrupt(_ slot: Slot)
    /// Asks for the Python stack of the thread that works on a slot, to the log.
    func logStack(of slot: Slot, age: Duration)
    /// The exception did not help: the worker goes. Asked for again until it has gone.
    func replaceStuck(_ slot: Slot)
}

extension WorkerPool: LaneSupervisor {}
