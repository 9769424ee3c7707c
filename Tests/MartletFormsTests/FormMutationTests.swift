import MartletForms
import Testing
import form_reader

/// What holds for all bytes: nothing traps, the outcome does not depend on where they are cut, and no limit is exceeded.
@Suite struct FormMutationTests {
    @Test(arguments: 0..<8)
    func mutatedForms(seed: UInt64) throws {
        var random = Random(seed: seed)
        let seeds = try CorpusForm.all.map { try $0.bytes }.filter { $0.count < 4000 }
        var limits = FormLimits()
        limits.values = 5
        limits.memory = 400
        limits.partHead = 150
        limits.partFields = 4
        limits.file = 600
        limits.body = 2000
        for _ in 0..<300 {
            let bytes = Self.mutated(seeds.randomElement(using: &random) ?? [], seeds, &random)
            let file = FormFile(bytes)
            let whole = Outcome(file, [file.body], limits)
            #expect(whole.values <= limits.values)
            #expect(whole.memory <= limits.memory)
            #expect(whole.largestFile <= 600)
            let pieces = Pieces.random(file.body, largest: Int.random(in: 1...40, using: &random), &random)
            let other = Outcome(file, pieces, limits)
            #expect(other.record == whole.record, "\(EscapedText.of(bytes))")
            #expect(Outcome(file, Pieces.single(file.body), limits).record == whole.record)
        }
    }

    private static func mutated(_ bytes: [UInt8], _ others: [[UInt8]], _ random: inout Random) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes.insert(contentsOf: Array("\r\n--XX".utf8).prefix(end - place), at: place)
            case 5: bytes.removeSubrange(place...)
            default:
                let other = others.randomElement(using: &random) ?? []
                bytes.insert(contentsOf: other.dropFirst(place).prefix(100), at: place)
            }
        }
        return bytes
    }
}

/// A form, with what was kept of it up to its fault.
private struct Outcome {
    let record: FormRecord
    private(set) var values = 0
    private(set) var memory = 0
    private(set) var largestFile = 0

    init(_ file: FormFile, _ pieces: [ArraySlice<UInt8>], _ limits: FormLimits) {
        record = FormRecord.of(contentType: file.contentType, pieces: pieces, limits: limits)
        guard let boundary = try? MultipartBoundary(contentType: file.contentType) else { return }
        var machine = MultipartMachine(boundary: boundary, limits: limits)
        var isFile = false
        var length = 0
        for piece in pieces {
            var input = piece
            while let event = try? machine.next(from: &input), event != .needsMore {
                switch event {
                case .partBegan(let head):
                    values += 1
                    isFile = head.isFile
                    memory += head.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
                    length = 0
                case .data(let bytes) where isFile:
                    length += bytes.count
                    largestFile = max(largestFile, length)
                case .data(let bytes): memory += bytes.count
                default: break
                }
            }
        }
    }
}
