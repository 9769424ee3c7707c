internal import Glibc
internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// A request whose application talks to its client over a socket: bytes are carried in both directions until one side ends.
///
/// 1. What the application has written is sent, then its end of the stream closes the connection.
/// 2. When the client is gone the application reads the end of the stream, and its writes fail.
/// 3. The slot is given back when the application has returned, which may be later.
final class UpgradedSlot: Sendable {
    private let slot: Slot
    private let lane: Lane
    private let use: UInt32

    init(slot: Slot, lane: Lane) {
        self.slot = slot
        self.lane = lane
        use = slot.generation
    }

    /// Also where nobody has run the response.
    deinit {
        let (slot, lane, use) = (slot, lane, use)
        lane.eventLoop.execute {
            guard slot.generation == use else { return }
            slot.handedOver.socket?.close()
            lane.abandon(slot)
        }
    }

    var response: Response {
        var response = Response(status: .switchingProtocols, body: .upgrade(run))
        response.hasOwnHead = true
        return response
    }

    @Sendable private func run(_ client: UpgradedConnection) async throws {
        guard slot.generation == use, let socket = slot.handedOver.socket else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: self.lane.executor) {
                do {
                    while let bytes = try await client.input.next() { try await socket.write(bytes) }
                } catch {}
                socket.endOutput()
            }
            do {
                while let bytes = try await socket.input.next() { try await client.output.write(bytes) }
            } catch {}
            socket.close()
            group.cancelAll()
        }
    }
}
