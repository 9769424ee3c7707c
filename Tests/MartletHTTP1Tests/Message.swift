import MartletGateway
import MartletHTTP1
import NIOCore

/// What a reader makes of a stream of bytes, as text in the form of the corpus, or the fault that ended it.
struct Reading: Equatable {
    var records: [String] = []
    var fault: RequestFault?
    /// The bytes ended in the middle of a request.
    var isIncomplete = false

    /// Feeds a codec the way a connection does.
    static func of(_ bytes: [UInt8], cuts: some Sequence<Int>, limits: HeadLimits = HeadLimits()) -> Reading {
        var reader = Reader(limits: limits)
        var start = 0
        for cut in cuts where cut > start && cut < bytes.count {
            reader.feed(bytes[start..<cut])
            start = cut
        }
        reader.feed(bytes[start...])
        return reader.reading
    }

    static func whole(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> Reading {
        of(bytes, cuts: [], limits: limits)
    }

    static func byteByByte(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> Reading {
        of(bytes, cuts: 1..<max(bytes.count, 1), limits: limits)
    }
}

/// Reads requests one after the other, as a connection does.
private struct Reader {
    var reading = Reading()
    private let limits: HeadLimits
    private var parser: RequestParser
    private var head = RequestHead()
    private var input = ByteBuffer()
    private var decoder: BodyDecoder?
    private var body: [UInt8] = []

    init(limits: HeadLimits) {
        self.limits = limits
        parser = RequestParser(limits: limits)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        input.writeBytes(bytes)
        while reading.fault == nil {
            guard decoder == nil ? readHead() : readBody() else { break }
        }
        reading.isIncomplete = reading.fault == nil && (decoder != nil || input.readableBytes > 0)
    }

    private mutating func readHead() -> Bool {
        guard input.readableBytes > 0 else { return false }
        switch input.withUnsafeReadableBytes({ parser.parse($0, into: head) }) {
        case .needsMore:
            return false
        case .fault(let fault):
            reading.fault = fault
        case .complete(let length, let message):
            input.moveReaderIndex(forwardBy: length)
            decoder = BodyDecoder(framing: message.framing, limit: 10_485_760, limits: limits)
            body = []
        }
        return true
    }

    private mutating func readBody() -> Bool {
        switch decoder?.next(&input) {
        case .data(let chunk):
            body += chunk.readableBytesView
        case .fault(let fault):
            reading.fault = fault
        case .end:
            reading.records.append(record())
            decoder = nil
            head = RequestHead()
        case .needsMore, nil:
            return false
        }
        return true
    }

    private func record() -> String {
        var lines = ["\(escape(head.method)) \(escape(head.target)) \(head.version)"]
        lines += head.fields.map { "\(escape($0.name)): \(escape($0.value))" }
        return (lines + ["", escape(body)]).joined(separator: "\n")
    }

    private func escape(_ span: RequestHead.Span) -> String { escape(Array(head.slice(span))) }

    private func escape(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            switch byte {
            case UInt8(ascii: "\\"): "\\\\"
            case 0x0D: "\\r"
            case 0x0A: "\\n"
            case 0x09: "\\t"
            case 0x20...0x7E: String(UnicodeScalar(byte))
            default:
                "\\x" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
