internal import CMartletWorker
internal import Glibc
internal import MartletBuffering
internal import MartletGateway

/// The whole of a request's body in a temporary file, open for reading only. It is handed to the worker that has the request, which
/// reads it by itself; the server does not look into it any more.
///
/// The descriptor is used on the loop of the request.
final class BodyFile: @unchecked Sendable {
    private var descriptor: CInt?
    /// What the server has counted. What becomes of the file when it has been handed over changes nothing here.
    let length: Int

    init(_ descriptor: CInt, length: Int) {
        self.descriptor = descriptor
        self.length = length
    }

    deinit {
        if let descriptor { SpoolFile.close(descriptor) }
    }

    /// Hands the file over, once, on a socket that the worker has made for that, and closes it here. Never waits, whatever the
    /// socket is.
    ///
    /// - Returns: 0, or the errno.
    func send(on socket: OwnedDescriptor, slot: UInt32, generation: UInt32) -> CInt {
        guard let descriptor else { return EBADF }
        self.descriptor = nil
        defer { SpoolFile.close(descriptor) }
        guard martlet_is_local_stream(socket.number) != 0 else { return ENOTSOCK }
        var message = martlet_handover(
            slot: slot,
            generation: generation,
            kind: UInt32(MARTLET_HANDOVER_BODY.rawValue),
            length: 0,
            offset: 0
        )
        return martlet_handover_send(socket.number, &message, nil, descriptor)
    }
}

/// A body could not be handed to the worker that reads it.
struct BodyNotHandedOver: CustomStringConvertible {
    let number: CInt

    var description: String {
        let advice = number == EMFILE || number == ETOOMANYREFS ? "; raise the limit on open files (ulimit -n)" : ""
        return "A request's body could not be handed to its worker: \(String(cString: strerror(number)))\(advice)."
    }
}
