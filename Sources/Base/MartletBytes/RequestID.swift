/// The text that identifies a request in every log: the number of its connection, a hyphen, and the number of the
/// request on it, both in base 36. `2s-1` is the first request of connection 100.
@usableFromInline package struct RequestID: Sendable, Equatable {
    @usableFromInline let connection: UInt64
    @usableFromInline let sequence: UInt64

    @inlinable package init(connection: UInt64, sequence: UInt64) {
        self.connection = connection
        self.sequence = sequence
    }

    /// Calls `body` with the text, which is on the stack.
    @inlinable
    package func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        // 64 bits are up to 13 digits.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { text in
            var start = Self.write(sequence, before: text.count, to: text)
            start &-= 1
            text[start] = UInt8(ascii: "-")
            start = Self.write(connection, before: start, to: text)
            return body(UnsafeBufferPointer(rebasing: text[start...]))
        }
    }

    package func append(to bytes: inout [UInt8]) {
        withText { bytes.append(contentsOf: $0) }
    }

    /// Writes the digits of a number so that they end before an index; returns where they begin.
    @usableFromInline static func write(
        _ number: UInt64,
        before end: Int,
        to text: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var place = end
        var rest = number
        repeat {
            place &-= 1
            let digit = UInt8(truncatingIfNeeded: rest % 36)
            text[place] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
            rest /= 36
        } while rest > 0
        return place
    }
}

extension RequestID: CustomStringConvertible {
    @inlinable package var description: String { withText { String(decoding: $0, as: UTF8.self) } }
}
