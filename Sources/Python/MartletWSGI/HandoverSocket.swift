internal import CMartletWorker
internal import Glibc
internal import HTTPTypes
internal import MartletBytes
internal import MartletGateway
internal import NIOCore

/// The server's end of a lane's handover socket: see the rules in martlet_handover.h. Used on the lane's event loop only.
final class HandoverSocket {
    /// The end that workers inherit.
    let workersEnd: CInt
    private let end: CInt
    private let text = UnsafeMutableRawBufferPointer.allocate(byteCount: MARTLET_HANDOVER_TEXT, alignment: 8)

    /// Far more than the socket's buffer holds: whoever sends while we receive does not keep us here.
    private static let messageLimit = 1024

    init() throws {
        var ends: [CInt] = [-1, -1]
        guard martlet_handover_create(&ends) == 0 else { throw IOError(errnoCode: errno, reason: "socketpair") }
        (end, workersEnd) = (ends[0], ends[1])
    }

    deinit {
        close(end)
        close(workersEnd)
        text.deallocate()
    }

    /// Receives all that is there. Descriptors that nobody keeps are closed.
    func receive(_ each: (martlet_handover, UnsafeRawBufferPointer, OwnedDescriptor?) -> Void) {
        guard let base = text.baseAddress else { return }
        for _ in 0..<Self.messageLimit {
            var message = martlet_handover()
            var number: CInt = -1
            guard martlet_handover_receive(end, &message, base, &number) == 1 else { return }
            let length = min(Int(message.length), MARTLET_HANDOVER_TEXT)
            each(message, UnsafeRawBufferPointer(rebasing: text[..<length]), number < 0 ? nil : OwnedDescriptor(number))
        }
    }
}

/// What a worker has handed over for one request.
struct HandedOver {
    /// How many messages had been announced when we last looked.
    var count: UInt32 = 0
    var file: (descriptor: OwnedDescriptor, offset: Int)?
    var socket: ApplicationSocket?
    /// Early hints that have not been sent yet, as field lines.
    var hints: [[UInt8]] = []
    /// The request's answer is what the application writes to its socket.
    var isUpgraded = false

    /// Hints for one request; more are dropped. Nobody has a use for more than a few.
    static let hintLimit = 16
}

extension Lane {
    /// Receives what was handed over, where there is something for this slot.
    func receiveHandovers(for slot: Slot) {
        let count = martlet_load32(&slot.shared.pointee.handovers)
        guard count != slot.handedOver.count || slot.isLost else { return }
        slot.handedOver.count = count
        handoverSocket.receive { message, text, descriptor in
            let position = Int(message.slot) - index * MARTLET_LANE_SLOTS
            guard slots.indices.contains(position), let owner = slots[position], owner.isInUse,
                owner.generation == message.generation
            else { return }
            switch martlet_handover_kind(message.kind) {
            case MARTLET_HANDOVER_FILE:
                if let descriptor, message.offset >= 0 { owner.handedOver.file = (descriptor, Int(message.offset)) }
            case MARTLET_HANDOVER_SOCKET:
                guard let descriptor, owner.handedOver.socket == nil else { return }
                let use = owner.generation
                owner.handedOver.socket = ApplicationSocket(descriptor, eventLoop: eventLoop) {
                    self.executor.runInline { if owner.generation == use { owner.noteChange() } }
                }
            case MARTLET_HANDOVER_HINTS:
                if owner.handedOver.hints.count < HandedOver.hintLimit { owner.handedOver.hints.append(Array(text)) }
            case MARTLET_HANDOVER_BODY:
                owner.handBody(on: descriptor)
            default:
                break
            }
        }
    }

    /// Closes what was handed over and not used. Called when a slot is given back.
    func dropHandovers(_ slot: Slot) {
        receiveHandovers(for: slot)
        guard slot.handedOver.count != 0 || slot.isLost else { return }
        slot.handedOver.socket?.close()
        slot.handedOver = HandedOver()
    }

    /// Deals with what was handed over before the response has begun.
    ///
    /// - Returns: whether the application has written to its socket, which takes the place of a response.
    func hasUpgraded(_ slot: Slot) -> Bool {
        receiveHandovers(for: slot)
        guard slot.handedOver.count != 0 else { return false }
        for block in slot.handedOver.hints where ResponseReader.isWellFormed(block[...]) {
            slot.exchange?.inform(.earlyHints, Headers(validBlock: block))
        }
        slot.handedOver.hints.removeAll()
        if slot.handedOver.socket?.hasSpoken == true { slot.handedOver.isUpgraded = true }
        return slot.handedOver.isUpgraded
    }
}

extension ResponseReader {
    /// A body that was handed over as a file; nil where the body is not one. The server checks the file when it opens it.
    func file(count: Int, announced: Int64, status: HTTPResponse.Status, isHead: Bool) -> Response.Body? {
        guard !isHead, count == 0, announced > 0, ContentRule(status: status.code).allowsContent else { return nil }
        lane.receiveHandovers(for: slot)
        guard let file = slot.handedOver.file else {
            // The server had no room for one more open file, most likely. Nothing of the answer may look whole.
            return .stream(length: Int(announced)) { _ in throw FileNotReceived() }
        }
        return .file(FileRange(.descriptor(file.descriptor), offset: file.offset, length: Int(announced)))
    }
}

/// A worker handed over a file that did not arrive.
struct FileNotReceived: BrokenAnswer {
    var description: String {
        "The connection is closed: the file that the application sent could not be received; the server may have too many "
            + "files open (ulimit -n)."
    }
}
