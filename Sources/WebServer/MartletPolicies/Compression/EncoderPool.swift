import MartletBytes
import MartletGateway
import NIOCore
import Synchronization

/// How many bodies are compressed at a time; one more is sent as it is.
final class EncoderBudget: Sendable {
    /// Of the whole process. An encoder takes from 256 KB (gzip) to about 1 MB, so streams that last for hours take at most
    /// 512 times that.
    static let process = EncoderBudget(512)

    private let limit: Int
    private let inUse = Atomic<Int>(0)

    init(_ limit: Int) { self.limit = limit }

    fileprivate func take() -> Bool {
        if inUse.add(1, ordering: .relaxed).newValue <= limit { return true }
        giveBack()
        return false
    }

    fileprivate func giveBack() { inUse.subtract(1, ordering: .relaxed) }
}

/// Encoders that wait for the next body, so that their memory is not made anew for each.
final class EncoderPool: Sendable {
    private let budget: EncoderBudget
    private let configuration: CompressionConfiguration
    private let spare = Mutex<[ContentCoding: [Spare]]>([:])
    /// Per coding: what a turn of every loop and every thread of the pool may need.
    private let spareLimit = 2 * Processors.available

    private struct Spare: @unchecked Sendable {
        let encoder: any Encoder
    }

    init(_ configuration: CompressionConfiguration, budget: EncoderBudget = .process) {
        self.configuration = configuration
        self.budget = budget
    }

    /// An encoder for one body; nil if too many are in use.
    func take(_ coding: ContentCoding) -> LentEncoder? {
        guard budget.take() else { return nil }
        let known = spare.withLock { $0[coding]?.popLast() }
        guard let encoder = known?.encoder ?? coding.makeEncoder(configuration) else {
            budget.giveBack()
            return nil
        }
        return LentEncoder(encoder, coding, pool: self)
    }

    fileprivate func giveBack(_ encoder: any Encoder, _ coding: ContentCoding) {
        budget.giveBack()
        guard encoder.reset() else { return }
        let returned = Spare(encoder: encoder)
        spare.withLock { if $0[coding, default: []].count < spareLimit { $0[coding, default: []].append(returned) } }
    }
}

/// An encoder that goes back to its pool with its last user, whether the body has ended or not.
final class LentEncoder: @unchecked Sendable {
    private let encoder: any Encoder
    private let coding: ContentCoding
    private let pool: EncoderPool

    fileprivate init(_ encoder: any Encoder, _ coding: ContentCoding, pool: EncoderPool) {
        self.encoder = encoder
        self.coding = coding
        self.pool = pool
    }

    deinit { pool.giveBack(encoder, coding) }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        try encoder.encode(input, step, into: &output)
    }

    func encode(_ input: ByteBuffer, _ step: EncoderStep, into output: inout ByteBuffer) throws {
        try encoder.encode(input, step, into: &output)
    }
}
