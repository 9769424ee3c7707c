import MartletBytes
package import MartletGateway
package import NIOCore

/// Decodes the framing of a body (RFC 9112 sections 6 and 7).
///
/// Each ``next(_:)`` consumes input and returns what it found; data is returned as slices of the input. Trailers are
/// checked like fields and bounded like a head. Some are kept, to be passed on as what they are (``requestTrailer``, ``trailer``):
/// nothing that comes after a body may change what its head said.
package struct BodyDecoder: Sendable {
    package enum Event: Sendable, Equatable {
        case needsMore
        case data(ByteBuffer)
        case end
        case fault(RequestFault)
    }

    private enum State: Sendable {
        case length(remaining: Int)
        case chunkSize(digits: Int, size: Int)
        case chunkExtension(ChunkExtension, size: Int)
        case chunkSizeEnd(size: Int)
        case chunkData(remaining: Int)
        case chunkDataEnd
        case chunkDataEndLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineEnd
        case lastLineEnd
        case finished
        case failed(RequestFault)
    }

    /// The limit for all chunk extensions of one body. Nobody uses them; Go bounds them against amplification too
    /// (CVE-2023-39326).
    private static let extensionBytes = 4_096

    private var state: State
    private let limit: Int
    private let limits: HeadLimits
    private var total = 0
    private var extensionCount = 0
    private var trailerBytes = 0
    private var trailerFields = 0
    /// The lines of the trailer, where they are kept.
    private var trailerLines: [UInt8]?

    /// - Parameters:
    ///   - limit: the largest body in bytes.
    ///   - keepsTrailer: whether somebody wants the fields behind the body.
    package init(framing: MessageFraming, limit: Int, limits: HeadLimits = HeadLimits(), keepsTrailer: Bool = false) {
        self.limit = limit
        self.limits = limits
        trailerLines = keepsTrailer ? [] : nil
        state =
            switch framing {
            case .none: .finished
            case .length(let length) where length > limit: .failed(.bodyTooLarge(limit: limit))
            case .length(let length): length > 0 ? .length(remaining: length) : .finished
            case .chunked: .chunkSize(digits: 0, size: 0)
            }
    }

    package var isFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// The fields that followed the body, without those that may not stand there (RFC 9110 section 6.5.1): what is about
    /// the connection, and the length. Nil where there are none, or they are not kept.
    package var trailer: Headers? {
        guard isFinished, let trailerLines, !trailerLines.isEmpty else { return nil }
        var fields = Headers(validBlock: trailerLines)
        fields.remove { !FieldRole(name: $0).isDisjoint(with: .aboutConnection.union(.contentLength)) }
        return fields.block.isEmpty ? nil : fields
    }

    /// The number of body bytes still to come, if it is known.
    package var remaining: Int? {
        switch state {
        case .length(let remaining): remaining
        case .finished: 0
        default: nil
        }
    }

    package mutating func next(_ input: inout ByteBuffer) -> Event {
        while true {
            switch state {
            case .finished:
                return .end
            case .failed(let fault):
                return .fault(fault)
            case .length(let left):
                guard let data = input.readSlice(length: min(left, input.readableBytes)), data.readableBytes > 0 else {
                    return .needsMore
                }
                let rest = left &- data.readableBytes
                state = rest == 0 ? .finished : .length(remaining: rest)
                return .data(data)
            case .chunkData(let left):
                guard let data = input.readSlice(length: min(left, input.readableBytes)), data.readableBytes > 0 else {
                    return .needsMore
                }
                let rest = left &- data.readableBytes
                state = rest == 0 ? .chunkDataEnd : .chunkData(remaining: rest)
                return .data(data)
            default:
                guard input.readableBytes > 0 else { return .needsMore }
                readFraming(&input)
            }
        }
    }

    /// Reads the bytes between the data, up to the next data, the end, a fault, or the end of the input.
    private mutating func readFraming(_ input: inout ByteBuffer) {
        let eaten = input.withUnsafeReadableBytes { bytes in
            var index = 0
            while index < bytes.count {
                switch state {
                case .length, .chunkData, .finished, .failed: return index
                default: break
                }
                step(bytes[index])
                index &+= 1
            }
            return index
        }
        input.moveReaderIndex(forwardBy: eaten)
    }

    private mutating func step(_ byte: UInt8) {
        switch state {
        case .chunkSize(let digits, let size):
            if let digit = Hex.value(of: byte) {
                guard digits < 16, size <= Int.max &>> 4 else { return fail(.invalidChunkSize) }
                state = .chunkSize(digits: digits &+ 1, size: size &<< 4 | Int(digit))
            } else if digits == 0 {
                fail(.invalidChunkSize)
            } else if byte == 0x0D {
                state = .chunkSizeEnd(size: size)
            } else if let begun = ChunkExtension(after: byte) {
                state = .chunkExtension(begun, size: size)
            } else {
                fail(.invalidChunkSize)
            }
        case .chunkExtension(let part, let size):
            extensionCount &+= 1
            if byte == 0x0D, part.mayEnd {
                state = .chunkSizeEnd(size: size)
            } else if extensionCount <= Self.extensionBytes, let next = part.next(byte) {
                state = .chunkExtension(next, size: size)
            } else {
                fail(.invalidChunkExtension)
            }
        case .chunkSizeEnd(let size):
            guard byte == 0x0A else { return fail(.invalidChunkSize) }
            if size == 0 {
                state = .trailerStart
            } else if size > limit &- total {
                fail(.bodyTooLarge(limit: limit))
            } else {
                total &+= size
                state = .chunkData(remaining: size)
            }
        case .chunkDataEnd:
            if byte == 0x0D { state = .chunkDataEndLineFeed } else { fail(.missingChunkEnd) }
        case .chunkDataEndLineFeed:
            if byte == 0x0A { state = .chunkSize(digits: 0, size: 0) } else { fail(.missingChunkEnd) }
        default:
            stepTrailer(byte)
        }
    }

    private mutating func stepTrailer(_ byte: UInt8) {
        trailerBytes &+= 1
        guard trailerBytes <= limits.headBytes else { return fail(.trailerTooLarge) }
        switch state {
        case .lastLineEnd: break
        case .trailerStart where byte == 0x0D: break
        default: trailerLines?.append(byte)
        }
        switch state {
        case .trailerStart:
            if byte == 0x0D {
                state = .lastLineEnd
            } else if FieldSyntax.isToken(byte) {
                trailerFields &+= 1
                if trailerFields > limits.fields {
                    fail(.tooManyFields(limit: limits.fields))
                } else {
                    state = .trailerName
                }
            } else {
                fail(
                    ASCII.isBlank(byte)
                        ? .foldedLine : byte == UInt8(ascii: ":") ? .emptyName : fault(for: byte)
                )
            }
        case .trailerName:
            if byte == UInt8(ascii: ":") {
                state = .trailerValue
            } else if !FieldSyntax.isToken(byte) {
                fail(ASCII.isBlank(byte) ? .spaceBeforeColon : byte == 0x0D ? .missingColon : fault(for: byte))
            }
        case .trailerValue:
            if byte == 0x0D {
                state = .trailerLineEnd
            } else if !FieldSyntax.isValue(byte) {
                fail(fault(for: byte))
            }
        case .trailerLineEnd:
            if byte == 0x0A { state = .trailerStart } else { fail(.bareCarriageReturn) }
        case .lastLineEnd:
            if byte == 0x0A { state = .finished } else { fail(.bareCarriageReturn) }
        default:
            break
        }
    }

    private func fault(for byte: UInt8) -> RequestFault {
        switch byte {
        case 0x0A: .bareLineFeed
        case 0x00: .nul
        default: FieldSyntax.isValue(byte) ? .invalidName : .controlCharacter
        }
    }

    private mutating func fail(_ fault: RequestFault) {
        state = .failed(fault)
    }
}
