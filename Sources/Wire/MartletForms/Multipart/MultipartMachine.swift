internal import MartletBytes

/// `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) without input or output: bytes in, whatever the pieces, and
/// events out.
///
/// Each byte is looked at a constant number of times, and all that is kept is the head of the current part: what may be
/// a delimiter needs no memory, for then it is equal to the delimiter.
///
/// Decided here:
///
/// * The end of the first delimiter's line, CRLF or LF, is that of all lines which are not data, as in Go's
///   mime/multipart. In a form with CRLF, which is every form of a browser or a library, LF and the boundary are data:
///   a delimiter that only some readers see would hide parts from the others. Werkzeug takes CRLF, LF and CR anywhere.
/// * Space and tabs may follow the boundary on its line (RFC 2046's transport padding), anything else than letters or
///   the like must not. A boundary that goes on, as `--boundaryX`, is data.
/// * What follows the `--` of the last delimiter is ignored, as is what precedes the first delimiter.
package struct MultipartMachine: Sendable {
    let limits: FormLimits
    let rule: TextRule

    private var delimiter: MultipartDelimiter
    private var state = State.lineStart(matched: 0)
    private var received = 0
    private var fault: FormFault?

    // Of the current part.
    private(set) var parts = 0
    private var head = PartHeadReader()
    private var isFile = false
    private var name = ""
    private var fileBytes = 0
    /// Heads, and the data of parts that are no files.
    private var memory = 0
    /// What is to be told before anything else is read.
    private var queued: ArraySlice<UInt8> = []

    private enum State {
        /// At the start of a line before the first delimiter, with so much of `--boundary` read.
        case lineStart(matched: Int)
        case preamble
        /// Behind a boundary. If it goes on, the delimiter is data from its byte `from`.
        case boundary(from: Int)
        /// Behind a boundary and a hyphen.
        case hyphen(from: Int)
        /// Behind a boundary and a space.
        case padding
        /// Behind a boundary and CR.
        case lineFeed
        case head
        /// In the data of a part, up to so much of the delimiter, of which `from` and what follows are data if it is
        /// none after all.
        case data(matched: Int, from: Int)
        case endOfPart(isLast: Bool)
        case finished
        case over
    }

    package init(boundary: MultipartBoundary, limits: FormLimits = FormLimits(), rule: TextRule = .refused) {
        self.limits = limits
        self.rule = rule
        delimiter = MultipartDelimiter(boundary)
    }

    /// Reads on, and takes what it has read from the front of `input`. Call it until it needs more.
    ///
    /// - Throws: what is wrong, and the same again if it is called again.
    package mutating func next(from input: inout ArraySlice<UInt8>) throws(FormFault) -> MultipartEvent {
        if let fault { throw fault }
        do throws(FormFault) {
            // What is beyond the limit is not even looked at: so the fault is the same in whatever pieces it comes.
            var allowed = limits.body.map { input.prefix(max($0 - received, 0)) } ?? input
            let count = allowed.count
            let event = try read(&allowed)
            let taken = count - allowed.count
            received += taken
            input = input.dropFirst(taken)
            if event == .needsMore, !input.isEmpty, let limit = limits.body { throw .bodyTooLong(limit: limit) }
            return event
        } catch {
            fault = error
            throw error
        }
    }

    /// Behind the last piece.
    ///
    /// - Throws: what is wrong if the form is not at its end.
    package mutating func finish() throws(FormFault) {
        if let fault { throw fault }
        switch state {
        case .over, .finished: return
        case .lineStart, .preamble:
            fault = .noDelimiter(boundary: String(decoding: delimiter.boundary, as: UTF8.self))
        default: fault = .truncated
        }
        if let fault { throw fault }
    }

    private mutating func read(_ input: inout ArraySlice<UInt8>) throws(FormFault) -> MultipartEvent {
        while true {
            if !queued.isEmpty {
                defer { queued = [] }
                return try data(queued)
            }
            switch state {
            case .endOfPart(let isLast):
                let wasPart = parts > 0
                state = isLast ? .finished : .head
                if !isLast { try beginPart() }
                if wasPart { return .partEnded }
            case .finished:
                state = .over
                return .finished
            case .over:
                input = input.suffix(0)
                return .needsMore
            case .data(let matched, let from):
                guard !input.isEmpty else { return .needsMore }
                if let bytes = readData(&input, matched: matched, from: from) { return try data(bytes) }
            case .head:
                guard !input.isEmpty else { return .needsMore }
                if let head = try head.read(
                    &input,
                    endsInCRLF: delimiter.first != 1,
                    part: parts,
                    limits: limits,
                    rule: rule
                ) {
                    return try .partBegan(began(head))
                }
            default:
                guard let byte = input.popFirst() else { return .needsMore }
                try readBeside(byte)
            }
        }
    }

    /// A byte that is neither of a head nor of data.
    private mutating func readBeside(_ byte: UInt8) throws(FormFault) {
        switch (state, byte) {
        case (.lineStart(let matched), _) where byte == delimiter.bytes[matched + 2]:
            state = matched + 3 == delimiter.length ? .boundary(from: 2) : .lineStart(matched: matched + 1)
        case (.lineStart, _), (.preamble, _): readPreamble(byte)
        case (.boundary(let from), UInt8(ascii: "-")): state = .hyphen(from: from)
        case (.hyphen, UInt8(ascii: "-")): state = .endOfPart(isLast: true)
        case (.boundary, UInt8(ascii: "\n")), (.padding, UInt8(ascii: "\n")): try endLine(1)
        case (.lineFeed, UInt8(ascii: "\n")): try endLine(0)
        case (.boundary, UInt8(ascii: "\r")), (.padding, UInt8(ascii: "\r")): state = .lineFeed
        case (.boundary, _) where ASCII.isBlank(byte), (.padding, _) where ASCII.isBlank(byte): state = .padding
        case (.boundary(let from), _): resume(delimiter.bytes[from..<delimiter.length], byte)
        case (.hyphen(let from), _): resume(delimiter.bytes[from...], byte)
        default: throw .malformedDelimiter
        }
    }

    private mutating func readPreamble(_ byte: UInt8) {
        state = byte == UInt8(ascii: "\n") ? .lineStart(matched: 0) : .preamble
    }

    /// The line of a delimiter is at its end, in the given way.
    private mutating func endLine(_ found: Int) throws(FormFault) {
        guard found == delimiter.first ?? found else { throw .malformedDelimiter }
        delimiter.first = found
        state = .endOfPart(isLast: false)
    }

    /// What looked like a delimiter was none: it is what was before it, and so is the byte behind it.
    private mutating func resume(_ bytes: ArraySlice<UInt8>, _ byte: UInt8) {
        guard let first = delimiter.first, parts > 0 else { return readPreamble(byte) }
        let isBeginning = byte == delimiter.bytes[first]
        queued = isBeginning ? bytes : bytes + [byte]
        state = .data(matched: isBeginning ? first + 1 : first, from: first)
    }

    /// Reads data up to a delimiter or to the end of the input. Nil if there is none before either.
    private mutating func readData(
        _ input: inout ArraySlice<UInt8>,
        matched: Int,
        from: Int
    ) -> ArraySlice<UInt8>? {
        let first = delimiter.first ?? 0
        if matched > first {
            // Go on with what was begun in the input before.
            let matched = delimiter.match(&input, from: matched)
            state = matched == delimiter.length ? .boundary(from: from) : .data(matched: matched, from: from)
            if matched == delimiter.length || input.isEmpty { return nil }
            // It broke off: what was there of it is data.
            state = .data(matched: first, from: first)
            if matched > from { return delimiter.bytes[from..<matched] }
        }
        let (bytes, matched) = delimiter.search(&input)
        state = matched == delimiter.length ? .boundary(from: first) : .data(matched: matched, from: first)
        return bytes.isEmpty ? nil : bytes
    }
}

// MARK: Parts and their limits

extension MultipartMachine {
    private mutating func beginPart() throws(FormFault) {
        guard parts < limits.values else { throw .tooManyParts(limit: limits.values) }
        parts += 1
        head = PartHeadReader()
    }

    private mutating func began(_ head: PartHead) throws(FormFault) -> PartHead {
        isFile = head.isFile
        name = head.name
        fileBytes = 0
        try remember(self.head.length)
        // The line end of the head is that of the delimiter too if the part has no data at all (RFC 2046: the empty
        // line belongs to the body).
        state = .data(matched: 2, from: 2)
        return head
    }

    private mutating func data(_ bytes: ArraySlice<UInt8>) throws(FormFault) -> MultipartEvent {
        if isFile {
            fileBytes += bytes.count
            if let limit = limits.file, fileBytes > limit { throw .fileTooLong(name: name, limit: limit) }
        } else {
            try remember(bytes.count)
        }
        return .data(bytes)
    }

    private mutating func remember(_ count: Int) throws(FormFault) {
        memory += count
        guard memory <= limits.memory else { throw .tooMuchMemory(limit: limits.memory) }
    }
}
