import NIOCore

/// Cuts what arrives into records, wherever it was split: a head, its content in as many pieces as it comes in, and its end.
/// Padding is skipped. Nothing is kept, so a record of 64 KB costs no memory here.
struct FastCGIRecordReader: Sendable {
    enum Part: Sendable, Equatable {
        case head(FastCGIRecordHead)
        /// Never empty.
        case content(ByteBuffer)
        /// The record is complete.
        case end
    }

    private enum State: Sendable {
        case head
        case content(left: Int, padding: Int)
        case end(padding: Int)
        case padding(left: Int)
    }

    private var state = State.head

    /// Whether the next byte begins a record.
    var isBetweenRecords: Bool {
        if case .head = state { true } else { false }
    }

    /// - Returns: nil where more bytes are needed.
    mutating func next(_ input: inout ByteBuffer) throws(FastCGIFault) -> Part? {
        while true {
            switch state {
            case .head:
                guard let head = try FastCGIRecordHead.read(&input) else { return nil }
                state =
                    head.length > 0
                    ? .content(left: head.length, padding: head.padding) : .end(padding: head.padding)
                return .head(head)
            case .content(let left, let padding):
                let count = min(left, input.readableBytes)
                guard count > 0, let piece = input.readSlice(length: count) else { return nil }
                state = count < left ? .content(left: left - count, padding: padding) : .end(padding: padding)
                return .content(piece)
            case .end(let padding):
                state = padding > 0 ? .padding(left: padding) : .head
                return .end
            case .padding(let left):
                let count = min(left, input.readableBytes)
                guard count > 0 else { return nil }
                input.moveReaderIndex(forwardBy: count)
                state = count < left ? .padding(left: left - count) : .head
            }
        }
    }
}
