import Glibc
import MartletBuffering
import MartletGateway
import NIOCore
import Testing

@testable import MartletWSGI

/// What is done with a body as it comes, without a connection and without a task.
@Suite struct BodyIntakeTests {
    /// What a step asks for, as a word; what is to be stored is stored.
    private func follow(_ step: BodyIntake.Step, _ intake: inout BodyIntake) async -> String {
        switch step {
        case .more: return "more"
        case .store(let bytes, let file, let isLast):
            let result = await SpoolFile.store(bytes, in: file, isLast: isLast)
            return "stored \(bytes.readableBytes), " + (await follow(intake.stored(result), &intake))
        case .whole(.bytes(let bytes)): return "in memory: \(bytes.readableBytes)"
        case .whole(.file(let file)): return "in a file: \(file.length)"
        case .whole(.none), .whole(.stream): return "?"
        case .failed(let error): return "failed: \(type(of: error))"
        }
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 120, count: count) }

    @Test("what is small stays in memory", arguments: [0, 1, BodyIntake.memoryLimit])
    func small(count: Int) async {
        var intake = BodyIntake()
        if count > 0 { #expect(await follow(intake.take(bytes(count)), &intake) == "more") }
        #expect(await follow(intake.end(), &intake) == "in memory: \(count)")
    }

    @Test("one byte more is a file, with nothing in memory")
    func large() async {
        var intake = BodyIntake()
        #expect(await follow(intake.take(bytes(BodyIntake.memoryLimit)), &intake) == "more")
        #expect(await follow(intake.take(bytes(1)), &intake) == "stored 65537, more")
        #expect(await follow(intake.take(bytes(10)), &intake) == "more")
        #expect(await follow(intake.take(bytes(100_000)), &intake) == "stored 100010, more")
        #expect(await follow(intake.take(bytes(5)), &intake) == "more")
        #expect(await follow(intake.end(), &intake) == "stored 5, in a file: 165552")
    }

    @Test("where the length is known nobody waits for the end")
    func known() async {
        var small = BodyIntake(length: 20)
        #expect(await follow(small.take(bytes(10)), &small) == "more")
        #expect(await follow(small.take(bytes(10)), &small) == "in memory: 20")
        var large = BodyIntake(length: 100_000)
        #expect(await follow(large.take(bytes(60_000)), &large) == "more")
        #expect(await follow(large.take(bytes(40_000)), &large) == "stored 100000, in a file: 100000")
        var larger = BodyIntake(length: 80_000)
        #expect(await follow(larger.take(bytes(70_000)), &larger) == "stored 70000, more")
        #expect(await follow(larger.take(bytes(10_000)), &larger) == "stored 10000, in a file: 80000")
    }

    @Test("what has been received with other bytes does not keep them")
    func pieces() async {
        var intake = BodyIntake()
        var received = bytes(60_000)
        for _ in 0..<3 {
            if let piece = received.readSlice(length: 10) { _ = intake.take(piece) }
        }
        guard case .whole(.bytes(let body)) = intake.end() else { Issue.record("no body"); return }
        #expect(body.readableBytes == 30 && body.capacity < 1_000)
    }

    @Test("a client that is gone has left off")
    func gone() async {
        var intake = BodyIntake()
        _ = intake.take(bytes(10))
        #expect(await follow(intake.fail(ClientDisconnected()), &intake) == "failed: IncompleteBody")
        #expect(await follow(intake.fail(BodyTooLarge(limit: 3)), &intake) == "failed: BodyTooLarge")
    }

    @Test("a file that cannot be written")
    func notStored() async {
        var intake = BodyIntake()
        guard case .store = intake.take(bytes(70_000)) else { Issue.record("not stored"); return }
        let error = SpoolError(folder: "/nowhere", number: ENOSPC)
        #expect(await follow(intake.stored(.failure(error)), &intake) == "failed: SpoolError")
        for (number, status) in [(ENOSPC, "507"), (EMFILE, "503"), (ENOENT, "500")] {
            let status = "\(status) "
            #expect("\(SpoolError(folder: "/nowhere", number: number).response.status)".hasPrefix(status))
        }
    }
}
