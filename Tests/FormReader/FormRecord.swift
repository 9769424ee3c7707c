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
        do throws(FormFault) {
            return try read(FormReader(contentType: contentType, limits: limits, rule: rule), pieces)
        } catch {
            var record = FormRecord()
            record.fault = error
            return record
        }
    }

    private static func read(_ reader: FormReader, _ pieces: [ArraySlice<UInt8>]) throws(FormFault) -> FormRecord {
        var record = FormRecord()
        var reader = reader
        var file: (head: PartHead, bytes: [UInt8])?
        for piece in pieces {
            var input = piece
            while let event = try reader.next(from: &input) {
                switch event {
                case .fileBegan(let head): file = (head, [])
                case .fileData(let bytes): file?.bytes += bytes
                case .fileEnded: if let file { record.add(file.head, file.bytes) }
                }
            }
        }
        record.add(try reader.finish())
        return record
    }

    private mutating func add(_ values: MultiValues) {
        self.values = values.pairs.map { "value\t\(EscapedText.of($0.name))\t\(EscapedText.of($0.value))" }
    }

    private mutating func add(_ head: PartHead, _ bytes: [UInt8]) {
        let texts = [head.name, head.fileName ?? "", head.contentType ?? ""].map(EscapedText.of)
        files.append("file\t" + texts.joined(separator: "\t") + "\t" + EscapedText.content(bytes))
    }
}
