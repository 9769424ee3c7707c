import Dispatch
import Glibc
import MartletBytes
import NIOCore

/// Carries the bytes of a ``CGIProgram`` between the web server that has started it and the connection which answers, with
/// a thread for each direction.
///
/// Threads may wait where an event loop may not: standard input can be a file or `/dev/null`, which no loop can watch, and making
/// them non-blocking would change them for whoever shares them.
final class CGIRelay: Sendable {
    private static let pieceBytes = 65_536

    private let program: CGIProgram
    /// The far end of the connection.
    private let socket: CInt

    init(_ program: CGIProgram, _ socket: CInt) {
        self.program = program
        self.socket = socket
    }

    /// - Parameter onEnd: called when the answer is out; with false if it was not taken.
    func start(_ onEnd: @escaping @Sendable (Bool) -> Void) {
        DispatchQueue(label: "martlet.cgi.request").async { self.carryRequest() }
        DispatchQueue(label: "martlet.cgi.answer").async { onEnd(self.carryAnswer()) }
    }
}

// MARK: - The request

extension CGIRelay {
    private func carryRequest() {
        guard program.head.withUnsafeReadableBytes({ send($0, to: socket) }) else { return }
        if carryBody() { shutdown(socket, CInt(SHUT_WR)) }
    }

    /// - Returns: whether the body has ended, for who waits for its end.
    private func carryBody() -> Bool {
        var left = program.bodyLength
        return withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
            while left != 0 {
                let wanted = min(piece.count, left ?? piece.count)
                let count = read(program.input, piece.baseAddress, wanted)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return true }
                left = left.map { $0 - count }
                guard send(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: socket) else { return false }
            }
            return false
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer, to socket: CInt) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }
}

// MARK: - The answer

extension CGIRelay {
    private func carryAnswer() -> Bool {
        let isTaken = withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
            while waitForAnswer() {
                let count = read(socket, piece.baseAddress, piece.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return true }
                guard write(UnsafeRawBufferPointer(rebasing: piece[..<count])) else { return false }
            }
            return false
        }
        // Whoever still reads or writes at the other end learns it.
        shutdown(socket, CInt(SHUT_RDWR))
        // mod_cgid gives one socket for input and output, which a reader may hold open; for a pipe this does nothing.
        shutdown(program.output, CInt(SHUT_WR))
        close(program.output)
        return isTaken
    }

    /// Waits for a part of the answer.
    ///
    /// - Returns: false when the web server has gone.
    private func waitForAnswer() -> Bool {
        var watched = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: program.output, events: 0, revents: 0),
        ]
        while true {
            let count = poll(&watched, 2, -1)
            if count < 0 && errno == EINTR { continue }
            // A pipe that nobody reads, a socket that is closed.
            return count > 0 && watched[1].revents & Int16(POLLERR | POLLHUP) == 0
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(program.output, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }
}

extension CGIProgram {
    /// Answers where nothing can be started that would, without saying why: that is for the log.
    package func fail() {
        let text =
            "Status: 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nInternal Server Error\n"
        _ = text.utf8CString.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count - 1) }
        shutdown(output, CInt(SHUT_WR))
        close(output)
    }
}
