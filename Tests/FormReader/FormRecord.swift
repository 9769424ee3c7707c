package import MartletForms

/// What a form is read as, in lines that tests compare: see Tests/Corpus/README.md.
package struct FormRecord: Equatable, Sendable {
    package private(set) var values: [String] = []
    package private(set) var files: [String] = []
    package private(set) var fault: FormFault?

    package var lines: [String] {
        if let fault { return ["\(fault.status) \(fault)"] }
        return files + values
    }

    /// - Parameters:
    ///   - contentType: of the request.
    ///   - pieces: the body, as it comes.
    package static func of(
        contentType: String?,
        pieces: [ArraySlice<UInt8>],
        limits: FormLimits = FormLimits(),
        rule: TextRule = .refused
    ) -> FormRecord {
        var record = FormRecord()
        do throws(FormFault) {
            if contentType.flatMap({ MediaType($0) })?.essence == "application/x-www-form-urlencoded" {
                var machine = URLEncodedMachine(limits: limits, rule: rule)
                for piece in pieces { try machine.receive(piece) }
                record.add(try machine.finish())
            } else {
                let boundary = try MultipartBoundary(contentType: contentType)
                let machine = MultipartMachine(boundary: boundary, limits: limits, rule: rule)
                record.add(try record.read(machine, pieces, rule))
            }
        } catch {
            record = FormRecord()
            record.fault = error
        }
        return record
    }

    private mutating func read(
        _ machine: MultipartMachine,
        _ pieces: [ArraySlice<UInt8>],
        _ rule: TextRule
    ) throws(FormFault) -> MultiValues {
        var machine = machine
        var collector = FormCollector(rule: rule)
        var file: (head: PartHead, bytes: [UInt8])?
        for piece in pieces {
            var rest = piece
            while true {
                let event = try machine.next(from: &rest)
                collector.receive(event)
                if event == .needsMore { break }
                switch event {
                case .partBegan(let head): file = head.isFile ? (head, []) : nil
                case .data(let bytes): file?.bytes += bytes
                case .partEnded:
                    if let file { add(file.head, file.bytes) }
                    file = nil
                case .finished, .needsMore: break
                }
            }
        }
        try machine.finish()
        return try collector.finish()
    }

    private mutating func add(_ values: MultiValues) {
        self.values = values.pairs.map { "value\t\(EscapedText.of($0.name))\t\(EscapedText.of($0.value))" }
    }

    private mutating func add(_ head: PartHead, _ bytes: [UInt8]) {
        let texts = [head.name, head.fileName ?? "", head.contentType ?? ""].map(EscapedText.of)
        files.append("file\t" + texts.joined(separator: "\t") + "\t" + EscapedText.content(bytes))
    }
}
