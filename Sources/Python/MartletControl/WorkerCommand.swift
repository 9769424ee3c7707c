/// What the server says to a worker: the rows of ``ControlMessage`` that it sends, with their values.
package enum WorkerCommand: Equatable, Sendable {
    case order(place: Int, requests: Int)
    case fork
    case stop
    case allow(requests: Int)
    case interrupt(Request)
    case writeStack(Request, seconds: Int, id: String, line: String)

    /// A request that a worker has.
    package struct Request: Equatable, Sendable {
        package let thread: Int
        package let slot: Int
        /// How many times the slot has been used.
        package let use: Int

        package init(thread: Int, slot: Int, use: Int) {
            self.thread = thread
            self.slot = slot
            self.use = use
        }

        fileprivate var values: [ControlValue] { [.number(thread), .number(slot), .number(use)] }
    }

    package var bytes: [UInt8] {
        switch self {
        case .order(let place, let requests): ControlMessage.order.encode([.number(place), .number(requests)])
        case .fork: ControlMessage.fork.encode([])
        case .stop: ControlMessage.stop.encode([])
        case .allow(let requests): ControlMessage.allow.encode([.number(requests)])
        case .interrupt(let request): ControlMessage.interrupt.encode(request.values)
        case .writeStack(let request, let seconds, let id, let line):
            ControlMessage.writeStack.encode(request.values + [.number(seconds), .text(id), .text(line)])
        }
    }
}
