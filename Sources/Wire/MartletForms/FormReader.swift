/// A form of either kind, by its Content-Type: values are kept, files are told of as they come, for whoever puts them
/// where they are wanted.
///
///     var reader = try FormReader(contentType: type)
///     for chunk in body {
///         var input = chunk[...]
///         while let event = try reader.next(from: &input) { … }
///     }
///     let values = try reader.finish()
package struct FormReader: Sendable {
    package enum Event: Sendable, Hashable {
        case fileBegan(PartHead)
        /// Never empty.
        case fileData(ArraySlice<UInt8>)
        case fileEnded
    }

    private enum Kind: Sendable {
        case urlEncoded(URLEncodedMachine)
        case multipart(MultipartMachine, FormCollector)
    }

    private var kind: Kind
    private var isFile = false

    /// - Throws: ``FormFault/notForm(contentType:)`` (415), or what is wrong with the boundary (400).
    package init(contentType: String?, limits: FormLimits = FormLimits(), rule: TextRule = .refused) throws(FormFault) {
        if contentType.flatMap({ MediaType($0) })?.essence == "application/x-www-form-urlencoded" {
            kind = .urlEncoded(URLEncodedMachine(limits: limits, rule: rule))
        } else {
            let boundary = try MultipartBoundary(contentType: contentType)
            let machine = MultipartMachine(boundary: boundary, limits: limits, rule: rule)
            kind = .multipart(machine, FormCollector(rule: rule))
        }
    }

    /// Reads on, and takes what it has read from the front of `input`. Nil when all of it is read.
    ///
    /// - Throws: what is wrong, and the same again if it is called again.
    package mutating func next(from input: inout ArraySlice<UInt8>) throws(FormFault) -> Event? {
        switch kind {
        case .urlEncoded(var machine):
            // Stored again at once, so that there is one owner of its memory.
            kind = .urlEncoded(URLEncodedMachine())
            defer { kind = .urlEncoded(machine) }
            let piece = input
            input = input.suffix(0)
            try machine.receive(piece)
            return nil
        case .multipart(var machine, var collector):
            kind = .urlEncoded(URLEncodedMachine())
            defer { kind = .multipart(machine, collector) }
            while true {
                let event = try machine.next(from: &input)
                collector.receive(event)
                if let told = told(event) { return told }
                if event == .needsMore { return nil }
            }
        }
    }

    /// Behind the last piece: the values that are no files.
    package mutating func finish() throws(FormFault) -> MultiValues {
        switch kind {
        case .urlEncoded(var machine): return try machine.finish()
        case .multipart(var machine, let collector):
            try machine.finish()
            return try collector.finish()
        }
    }

    private mutating func told(_ event: MultipartEvent) -> Event? {
        switch event {
        case .partBegan(let head):
            isFile = head.isFile
            return isFile ? .fileBegan(head) : nil
        case .data(let bytes): return isFile ? .fileData(bytes) : nil
        case .partEnded:
            defer { isFile = false }
            return isFile ? .fileEnded : nil
        case .finished, .needsMore: return nil
        }
    }
}
