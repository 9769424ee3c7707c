import NIOCore
import Testing

@testable import MartletBuffering

/// What is kept of an answer and in which order it leaves, with real files and without a connection.
@Suite struct ResponseBufferTests {
    /// Numbers that tell where in the answer each byte belongs.
    private func piece(_ number: Int, _ count: Int) -> ByteBuffer {
        ByteBuffer(repeating: UInt8(truncatingIfNeeded: number), count: count)
    }

    /// Does the work that is due.
    private func work(_ buffer: inout ResponseBuffer) -> String {
        switch buffer.work() {
        case nil: return "nothing"
        case .store(let bytes, let file):
            let result = Result { () throws(SpoolError) in try SpoolFile.append(bytes, to: file) }
            buffer.stored(result, bytes)
            return "store \(bytes.readableBytes)"
        case .load(let file, let offset, let count):
            buffer.loaded(Result { () throws(SpoolError) in try file.read(at: offset, count: count) })
            return "load \(count) at \(offset)"
        }
    }

    private func drain(_ buffer: inout ResponseBuffer) -> [UInt8] {
        var all: [UInt8] = []
        while !buffer.isEmpty {
            while let bytes = buffer.next() { all += bytes.readableBytesView }
            _ = work(&buffer)
        }
        return all
    }

    @Test func aSmallerShareOfMemoryIsHeldOnTheWayInAndOut() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        buffer.memoryLimit = 65_536
        var most = 0
        var kept = 0
        for number in 0..<32 {
            while !buffer.hasRoom { #expect(work(&buffer) != "nothing") }
            buffer.append(piece(number, 16_384))
            kept += 16_384
            most = max(most, buffer.memoryBytes)
        }
        var taken: [UInt8] = []
        while !buffer.isEmpty {
            _ = work(&buffer)
            most = max(most, buffer.memoryBytes)
            if let bytes = buffer.next() { taken += bytes.readableBytesView }
        }
        #expect(taken == (0..<32).flatMap { [UInt8](repeating: $0, count: 16_384) })
        #expect(kept == taken.count)
        #expect(most <= 4 * 65_536)
    }

    @Test func littleStaysInMemory() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        for number in 0..<16 { buffer.append(piece(number, 65_536)) }
        #expect(work(&buffer) == "nothing")
        #expect(buffer.hasRoom)
        #expect(drain(&buffer) == (0..<16).flatMap { [UInt8](repeating: UInt8($0), count: 65_536) })
    }

    @Test func moreGoesToAFileAndComesBackInOrder() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        var sent: [UInt8] = []
        for number in 0..<100 {
            buffer.append(piece(number, 50_000))
            _ = work(&buffer)
            // A client that takes a third of what comes.
            if number % 3 == 0, let bytes = buffer.next() { sent += bytes.readableBytesView }
            #expect(buffer.memoryBytes <= ResponseBuffer.memoryLimit + 100_000)
        }
        sent += drain(&buffer)
        #expect(sent == (0..<100).flatMap { [UInt8](repeating: UInt8($0), count: 50_000) })
    }

    @Test func aFullFileHoldsTheWriterBackUntilItIsUsedUp() {
        var buffer = ResponseBuffer(limit: 200_000)
        while buffer.hasRoom {
            buffer.append(piece(1, 50_000))
            _ = work(&buffer)
        }
        #expect(buffer.count < 1_000_000)
        #expect(work(&buffer) == "nothing")
        while !buffer.hasRoom, buffer.next() != nil || work(&buffer) != "nothing" {}
        #expect(buffer.hasRoom)
    }

    @Test func aFileThatCannotBeHadLosesNothing() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        for number in 0..<40 { buffer.append(piece(number, 50_000)) }
        guard case .store(let bytes, nil) = buffer.work() else {
            Issue.record("nothing to store")
            return
        }
        #expect(!buffer.isEmpty)
        buffer.stored(.failure(SpoolError(folder: "/nowhere", number: 28)), bytes)
        #expect(buffer.storeError != nil)
        #expect(!buffer.hasRoom)
        #expect(work(&buffer) == "nothing")
        #expect(drain(&buffer) == (0..<40).flatMap { [UInt8](repeating: UInt8($0), count: 50_000) })
        #expect(buffer.hasRoom)
    }

    @Test func whatCannotBeReadAgainEndsTheAnswer() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        for number in 0..<40 { buffer.append(piece(number, 50_000)) }
        _ = work(&buffer)
        while buffer.next() != nil {}
        guard case .load = buffer.work() else {
            Issue.record("nothing to load")
            return
        }
        buffer.loaded(.failure(SpoolError(folder: "/nowhere", number: 5)))
        #expect(buffer.loadError != nil)
        #expect(work(&buffer) == "nothing")
    }

    @Test func smallPiecesArePutTogether() {
        var buffer = ResponseBuffer(limit: 1 << 30)
        for _ in 0..<1000 { buffer.append(piece(7, 1)) }
        #expect(buffer.next()?.readableBytes == 1000)
        #expect(buffer.isEmpty)
    }
}
