internal import CMartletWorker
internal import Glibc

/// The pipe that Python writes to when a signal comes (`signal.set_wakeup_fd`): a wait that begins in that very moment hears of it.
struct SignalBell {
    let reader: Int32
    let writer: Int32

    /// Nil where no pipe can be made.
    init?() {
        var ends: [Int32] = [0, 0]
        guard martlet_pipe_create(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        reader = martlet_out_of_the_way(ends[0])
        writer = martlet_out_of_the_way(ends[1])
    }

    /// The numbers of the signals that have come, of some of them where there are very many.
    func signals() -> ArraySlice<UInt8> {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(reader, &buffer, buffer.count)
        return buffer.prefix(max(0, count))
    }
}
