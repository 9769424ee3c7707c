/// The bytes of a message of DNS, and how far they are read.
struct DNSReader {
    private let message: [UInt8]
    var index = 0

    init(_ message: [UInt8]) { self.message = message }

    func byte(at place: Int) throws(DNSFault) -> UInt8 {
        guard place >= 0, place < message.count else { throw .cutShort }
        return message[place]
    }

    mutating func number16() throws(DNSFault) -> Int {
        let value = Int(try byte(at: index)) << 8 | Int(try byte(at: index + 1))
        index += 2
        return value
    }

    mutating func number32() throws(DNSFault) -> Int { try number16() << 16 | number16() }

    mutating func bytes(_ count: Int) throws(DNSFault) -> [UInt8] {
        guard count >= 0, count <= message.count - index else { throw .cutShort }
        defer { index += count }
        return Array(message[index..<(index + count)])
    }

    mutating func skip(_ count: Int) throws(DNSFault) {
        guard count >= 0, count <= message.count - index else { throw .cutShort }
        index += count
    }
}

/// What is wrong with a message of DNS.
package enum DNSFault: Error, Sendable, Equatable, CustomStringConvertible {
    case cutShort
    case noAnswer
    case refused(code: Int)
    case tooMany
    case nameTooLong
    case pointerForward
    case oddLabel
    case oddName
    case oddLength
    case circle

    package var description: String {
        switch self {
        case .cutShort: "the answer of the name server is cut short"
        case .noAnswer: "the name server has sent something that is no answer"
        case .refused(let code): "the name server refuses an answer (code \(code))"
        case .tooMany: "the answer of the name server has too many records"
        case .nameTooLong: "the answer of the name server has a name that is too long"
        case .pointerForward, .oddLabel, .oddName: "the answer of the name server has a name in it that is none"
        case .oddLength: "the answer of the name server has a record of an odd length"
        case .circle: "the answer of the name server has aliases that lead in a circle"
        }
    }
}
