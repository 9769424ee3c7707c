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

    /// CR, LF, `--`, the boundary, and the `-` that may follow. CR and LF are nowhere else in it: if a match breaks
    /// off, the next one begins at its end or later.
    private let delimiter: [UInt8]
    private var state = State.lineStart(matched: 0)
    /// Where in the delimiter its lines begin: 0 if they end in CRLF, 1 if in LF; nil before the first.
    private var first: Int?
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
        /// Behind a boundary.
        case boundary
        /// Behind a boundary and a hyphen.
        case hyphen
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
        delimiter = Array("\r\n--".utf8) + boundary.bytes + Array("-".utf8)
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
            let boundary = delimiter.dropFirst(4).dropLast()
            fault = .noDelimiter(boundary: String(decoding: boundary, as: UTF8.self))
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
                if let head = try head.read(&input, endsInCRLF: first != 1, part: parts, limits: limits, rule: rule) {
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
        case (.lineStart(let matched), _) where byte == delimiter[matched + 2]:
            state = matched + 3 == delimiter.count - 1 ? .boundary : .lineStart(matched: matched + 1)
        case (.lineStart, _), (.preamble, _):
            state = byte == UInt8(ascii: "\n") ? .lineStart(matched: 0) : .preamble
        case (.boundary, UInt8(ascii: "-")): state = .hyphen
        case (.hyphen, UInt8(ascii: "-")): state = .endOfPart(isLast: true)
        case (.boundary, UInt8(ascii: "\n")), (.padding, UInt8(ascii: "\n")): try endLine(1)
        case (.lineFeed, UInt8(ascii: "\n")): try endLine(0)
        case (.boundary, UInt8(ascii: "\r")), (.padding, UInt8(ascii: "\r")): state = .lineFeed
        case (.boundary, _) where ASCII.isBlank(byte), (.padding, _) where ASCII.isBlank(byte): state = .padding
        case (.boundary, _): resume(delimiter.count - 1, byte)
        case (.hyphen, _): resume(delimiter.count, byte)
        default: throw .malformedDelimiter
        }
    }

    /// The line of a delimiter is at its end, in the given way.
    private mutating func endLine(_ found: Int) throws(FormFault) {
        guard found == first ?? found else { throw .malformedDelimiter }
        first = found
        state = .endOfPart(isLast: false)
    }

    /// It was no delimiter: so much of it, and the byte behind it, are what they were before.
    private mutating func resume(_ matched: Int, _ byte: UInt8) {
        guard let first, parts > 0 else {
            state = byte == UInt8(ascii: "\n") ? .lineStart(matched: 0) : .preamble
            return
        }
        if byte == delimiter[first] {
            queued = delimiter[pendingFrom..<matched]
            state = .data(matched: first + 1, from: first)
        } else {
            queued = delimiter[pendingFrom..<matched] + [byte]
            state = .data(matched: first, from: first)
        }
        pendingFrom = first
    }

    /// `from` of the state in which the delimiter was read, which the states behind it do not have.
    private var pendingFrom = 0

    /// Reads data up to a delimiter or to the end of the input. Nil if there is none before either.
    private mutating func readData(
        _ input: inout ArraySlice<UInt8>,
        matched: Int,
        from: Int
    ) -> ArraySlice<UInt8>? {
        let first = first ?? 0
        var matched = matched
        var place = input.startIndex
        // Go on with what was begun in the input before.
        while matched > first, matched < delimiter.count - 1, place < input.endIndex, input[place] == delimiter[matched]
        {
            matched += 1
            place += 1
        }
        if matched == delimiter.count - 1 {
            pendingFrom = from
            state = .boundary
            input = input[place...]
            return nil
        }
        if place == input.endIndex {
            state = .data(matched: matched, from: from)
            input = input[place...]
            return nil
        }
        if matched > from {
            // It broke off: that was data.
            state = .data(matched: first, from: first)
            input = input[place...]
            return delimiter[from..<matched]
        }
        let (end, found) = search(input[place...], from: first)
        let bytes = input[place..<end]
        state = .data(matched: found, from: first)
        input = input[(end + found - first)...]
        if found == delimiter.count - 1 {
            pendingFrom = first
            state = .boundary
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Where the delimiter, or what is there of it at the end of the bytes, begins, and up to which of its bytes it is
    /// there.
    private func search(_ bytes: ArraySlice<UInt8>, from first: Int) -> (place: Int, matched: Int) {
        let length = delimiter.count - 1
        let start = delimiter[first]
        var place = bytes.startIndex
        while let candidate = bytes[place...].firstIndex(of: start) {
            var matched = first + 1
            place = candidate + 1
            while matched < length, place < bytes.endIndex, bytes[place] == delimiter[matched] {
                matched += 1
                place += 1
            }
            if matched == length || place == bytes.endIndex { return (candidate, matched) }
        }
        return (bytes.endIndex, first)
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
