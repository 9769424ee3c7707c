import CMartletWorker
import HTTPTypes
import Logging
import MartletGateway
import NIOCore
import NIOPosix
import Testing

@testable import MartletWSGI

/// A region of shared memory that a worker scribbles on: whatever stands there, each request is answered once, and nothing traps.
@Suite struct HostileRegionTests {
    /// Says who is to blame and remembers it, as the pool does.
    private final class Supervisor: LaneSupervisor, @unchecked Sendable {
        let hasDebugger = false
        var condemned = 0

        func owner(of slot: Slot) -> (place: Int, thread: Int)? { nil }
        func condemn(_ slot: Slot) {
            slot.isLost = true
            condemned += 1
        }
        func interrupt(_ slot: Slot) {}
        func logStack(of slot: Slot, age: Duration) {}
        func replaceStuck(_ slot: Slot) {}
    }

    private final class Answers: Exchange, @unchecked Sendable {
        var count = 0
        let isLost = false

        func complete(_ response: Response) { count += 1 }
        func fail(_ error: any Error) { count += 1 }
        func response(to error: any Error) -> Response? { nil }
        func answer(by work: @escaping @Sendable () async throws -> Response) { count += 1 }
        func inform(_ status: HTTPResponse.Status, _ headers: Headers) {}
    }

    /// The same numbers in every run of a seed.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        }
    }

    @Test(arguments: 0..<8)
    func everyRequestIsAnsweredOnce(seed: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let supervisor = Supervisor()
        let memory = try SharedMemory(lanes: 1, workers: 1)
        let queue = RequestQueue(memory: memory, workers: 1, threads: 1)
        let configuration = PythonConfiguration(application: "none", workers: 1, threads: 1)
        let watch = RequestWatch(configuration)
        watch.supervisor = supervisor
        let lane = try Lane(
            index: 0,
            eventLoop: loop,
            memory: memory,
            queue: queue,
            watch: watch,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        lane.supervisor = supervisor
        let answers = try await loop.submit { () -> [Int] in
            var dice = Dice(state: UInt64(seed) &+ 1)
            var all: [Answers] = []
            for _ in 0..<200 {
                let exchange = Answers()
                all.append(exchange)
                lane.begin(Lane.Call(request: Self.request(on: loop), body: .none, exchange: exchange))
                guard let slot = lane.slots.compactMap({ $0 }).first(where: { $0.isInUse && !$0.isAnswered }) else {
                    continue
                }
                Self.scribble(on: slot, &dice)
                Self.ring(lane, memory, &dice)
                lane.drain()
                // Whoever is not answered by what stands there is found by the tick, or when its worker is gone.
                if exchange.count == 0 { watch.look(at: slot, in: lane) }
                if exchange.count == 0 {
                    supervisor.condemn(slot)
                    slot.noteChange()
                }
                if slot.isInUse { lane.abandon(slot) }
            }
            return all.map(\.count)
        }
        .get()
        #expect(answers == Array(repeating: 1, count: 200))
        #expect(supervisor.condemned > 0)
    }

    private static func request(on loop: any EventLoop) -> Request {
        let connection = ConnectionInfo(
            remoteAddress: nil,
            localAddress: nil,
            eventLoop: loop,
            number: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let head = RequestHead(method: "GET", target: "/hello?x=1", fields: [("Host", "h"), ("Accept", "*/*")])
        return Request(head: head, connection: connection, body: .none, sequence: 1)
    }

    /// Overwrites what a worker may write: all of it, or a few words of it, with noise or with numbers at the edges.
    private static func scribble(on slot: Slot, _ dice: inout Dice) {
        let bytes = UnsafeMutableRawBufferPointer(start: slot.shared, count: MemoryLayout<martlet_slot>.size)
        let edges: [UInt32] = [0, 1, 2, 3, 4, 5, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 65_536, 65_537]
        for _ in 0..<Int.random(in: 1...24, using: &dice) {
            let offset = Int.random(in: 0..<bytes.count / 4, using: &dice) * 4
            let isEdge = Bool.random(using: &dice)
            let value = isEdge ? edges.randomElement(using: &dice) ?? 0 : UInt32.random(in: .min ... .max, using: &dice)
            bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
        }
        let ring = UnsafeMutableRawBufferPointer(start: slot.responseRing, count: MARTLET_RESPONSE_CAPACITY)
        for _ in 0..<64 {
            ring[Int.random(in: 0..<ring.count, using: &dice)] = UInt8.random(in: .min ... .max, using: &dice)
        }
    }

    /// Says of any slots that they are ready.
    private static func ring(_ lane: Lane, _ memory: SharedMemory, _ dice: inout Dice) {
        let words = UnsafeMutableRawPointer(memory.lane(0)).assumingMemoryBound(to: UInt64.self)
        for word in 0..<MARTLET_LANE_WORDS {
            martlet_store64(words + word, UInt64.random(in: .min ... .max, using: &dice))
        }
    }
}
