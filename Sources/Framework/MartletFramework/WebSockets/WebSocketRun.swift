internal import Logging
internal import MartletGateway
internal import MartletWebSocket
internal import NIOCore
internal import Synchronization

/// Moves what goes in and out of a WebSocket while its handler runs, and brings all of it to an end.
struct WebSocketRun: Sendable {
    /// What runs side by side. The first two end by themselves when the connection does.
    private enum Part {
        case input
        case output
        case handler((any Error)?)
        /// The other ones have had their time.
        case late
        /// The client does not answer.
        case silence
    }

    /// From so many bytes on they are written by themselves: the content of a record of TLS.
    private static let writtenBytes = 16_384

    let link: WebSocketLink
    let options: WebSocketOptions
    let logger: Logger

    /// - Throws: what the handler throws, unless it is a consequence of the end.
    func callAsFunction(
        _ connection: UpgradedConnection,
        _ handler: @escaping @Sendable () async throws -> Void
    ) async throws {
        connection.output.observeStop { [link] in link.close(WebSocketClosure(.goingAway, "The server stops.")) }
        let pulse = Pulse()
        let failure = await withTaskGroup(of: Part.self) { group -> (any Error)? in
            group.addTask {
                await read(connection.input, pulse)
                return .input
            }
            group.addTask {
                await write(to: connection.output)
                return .output
            }
            group.addTask {
                do { try await handler() } catch { return .handler(error) }
                return .handler(nil)
            }
            if let interval = options.pingInterval {
                group.addTask {
                    await listen(pulse, every: interval)
                    return .silence
                }
            }
            return await settle(&group)
        }
        if let failure, !Self.isConsequence(failure) { throw failure }
    }

    private static func isConsequence(_ error: any Error) -> Bool {
        error is WebSocketClosed || error is CancellationError || error is ClientDisconnected
    }

    private func settle(_ group: inout TaskGroup<Part>) async -> (any Error)? {
        var failure: (any Error)?
        var running = 3
        var hasTimer = false
        while running > 0, let part = await group.next() {
            switch part {
            case .input, .output: running -= 1
            case .handler(let error):
                running -= 1
                failure = error
                // One that sends on a connection that has ended, or gives up as it is cancelled, has not failed.
                let isFailure = error.map { !Self.isConsequence($0) } ?? false
                link.close(isFailure ? WebSocketClosure(.internalError) : WebSocketClosure(.normal))
            case .silence where !Task.isCancelled && link.closure == nil:
                logger.info("The client of a WebSocket has not answered for \(options.pongTimeout); it is dropped.")
                link.lose()
            case .silence: break
            case .late: group.cancelAll()
            }
            if link.closure?.code == .abnormal { group.cancelAll() }
            if link.closure != nil, !hasTimer {
                hasTimer = true
                group.addTask {
                    try? await Task.sleep(for: options.closeTimeout)
                    return .late
                }
            }
        }
        group.cancelAll()
        return failure
    }

    /// Reads frames until the client has closed, is gone, or breaks the rules.
    private func read(_ input: BodyStream, _ pulse: Pulse) async {
        var decoder = WebSocketDecoder(.server, limits: options.limits)
        do {
            while let bytes = try await input.next() {
                pulse.beat()
                decoder.receive(bytes)
                while let event = try decoder.next() {
                    switch event {
                    case .message(let message):
                        // An empty one takes room, too.
                        guard link.inbox.put(message, weight: max(64, message.weight)) else { continue }
                        await pulse.held { await link.inbox.room() }
                    case .ping(let content): await pulse.held { await link.pong(content) }
                    case .pong: break
                    case .close(let closure): return link.close(closure)
                    }
                }
            }
            link.lose()
        } catch let fault as WebSocketFault {
            logger.info("A WebSocket is closed with \(fault.closeCode): \(fault)")
            link.close(WebSocketClosure(fault.closeCode, "\(fault)"))
        } catch {
            link.lose()
        }
    }

    private func write(to output: BodyWriter) async {
        while var frames = await link.outbox.take() {
            // Small ones that wait leave together.
            while frames.readableBytes < Self.writtenBytes, let frame = link.outbox.poll() {
                frames.writeImmutableBuffer(frame)
            }
            do { try await output.write(frames) } catch { return link.lose() }
        }
    }

    /// Returns when the client has not answered a ping.
    private func listen(_ pulse: Pulse, every interval: Duration) async {
        while true {
            let before = pulse.count
            do { try await Task.sleep(for: interval) } catch { return }
            guard pulse.count == before, !pulse.isHeld else { continue }
            guard link.ping() else { return }
            do { try await Task.sleep(for: options.pongTimeout) } catch { return }
            if pulse.count == before, !pulse.isHeld { return }
        }
    }
}

/// Signs of life of a client.
private final class Pulse: Sendable {
    private let beats = Atomic<UInt64>(0)
    private let holds = Atomic<Bool>(false)

    var count: UInt64 { beats.load(ordering: .relaxed) }
    /// Whether the client is not read from, so that nothing can be heard of it.
    var isHeld: Bool { holds.load(ordering: .relaxed) }

    func beat() { beats.add(1, ordering: .relaxed) }

    func held(_ work: () async -> Void) async {
        holds.store(true, ordering: .relaxed)
        await work()
        holds.store(false, ordering: .relaxed)
    }
}

extension WebSocketMessage {
    /// In bytes.
    fileprivate var weight: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.readableBytes
        }
    }
}
