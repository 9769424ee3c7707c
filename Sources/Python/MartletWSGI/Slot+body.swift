internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletBytes
internal import MartletGateway

/// From a request's body to the worker: the file that it is in, or what comes of it, by the slot's ring.
extension Slot {
    /// Called at each change that the worker makes, whatever the answer is waiting for.
    func feedIfWanted() {
        guard unfed != nil, isInUse, martlet_load32(&shared.pointee.body_wanted) != 0 else { return }
        if case .file = unfed { lane.receiveHandovers(for: self) } else { startFeeding() }
    }

    /// The worker asks for the file with the body.
    ///
    /// - Parameter socket: where to; nil where it could not be received.
    func handBody(on socket: OwnedDescriptor?) {
        // Asked for twice, or without a reason: the socket is closed, and that is all.
        guard case .file(let file) = unfed, !isFinished else { return }
        unfed = nil
        let error = socket.map { file.send(on: $0, slot: index, generation: generation) } ?? EMFILE
        if error != 0 { logBodyError(BodyNotHandedOver(number: error)) }
        endBody(error == 0 ? MARTLET_BODY_HANDED : MARTLET_BODY_UNREADABLE)
    }

    /// The answer waits for its client, who may be one that reads only when it has sent everything. From now on its body is
    /// taken in, to a file, whether the application asks for it or not: else both sides would wait for the other.
    func takeInAhead() {
        guard isInUse, isBodyOpen, !takesInAhead else { return }
        takesInAhead = true
        startFeeding()
        wakeBodyFeeder()
    }

    private func startFeeding() {
        guard case .stream(let stream, _) = unfed else { return }
        unfed = nil
        let pump = BodyPump(self)
        self.pump = Task.immediate(executorPreference: lane.executor) { await pump.feed(stream) }
    }

    func endBody(_ state: martlet_body_state) {
        isBodyOpen = false
        martlet_store32(&shared.pointee.body_state, UInt32(state.rawValue))
        wakeWorker()
    }

    func logBodyError(_ error: some CustomStringConvertible) {
        let id = RequestID(connection: shared.pointee.connection_number, sequence: shared.pointee.sequence)
        lane.logger.error("\(error)", metadata: ["request": "\(id)"])
    }
}
