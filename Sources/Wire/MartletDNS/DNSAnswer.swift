/// The answer of a name server to one question (RFC 1035 section 4, RFC 3596, RFC 2782), as a pure function of bytes.
///
/// The rules:
///
/// 1. Records count that belong to the name that was asked for, or to the one that its aliases (CNAME) lead to: of others nobody has
///    asked.
/// 2. An answer holds as long as the shortest of its records, aliases too.
/// 3. Everything is bounded: records, names, jumps within names, aliases.
package struct DNSAnswer: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case v4([UInt8])
        case v6([UInt8])
        case service(DNSService)
    }

    package let values: [Value]
    /// For how many seconds it holds.
    package let seconds: Int

    /// An answer of 64 KB has room for 4000 addresses; nobody has a use for so many. glibc's `getaddrinfo` knows no bound.
    private static let mostRecords = 512
    /// BIND: `max-recursion-depth 7`; unbound 11.
    private static let mostAliases = 16

    private struct Record {
        let name: DNSName
        let value: Value?
        let alias: DNSName?
        let seconds: Int
    }

    /// - Parameters:
    ///   - message: the whole of it.
    ///   - asked: the name that was asked for.
    ///   - type: the records that were asked for.
    /// - Returns: nil where the name has none of these records.
    package init?(_ message: [UInt8], asked: DNSName, type: DNSType) throws(DNSFault) {
        var reader = DNSReader(message)
        try reader.skip(2)
        let flags = try reader.number16()
        guard flags & 0x8000 != 0 else { throw .noAnswer }
        let code = flags & 0xF
        if code == 3 { return nil }
        guard code == 0 else { throw .refused(code: code) }
        let questions = try reader.number16()
        let count = try reader.number16()
        try reader.skip(4)
        guard questions <= 1, count <= Self.mostRecords else { throw .tooMany }
        for _ in 0..<questions {
            _ = try reader.name()
            try reader.skip(4)
        }
        var records: [Record] = []
        for _ in 0..<count {
            if let record = try Self.record(&reader, type) { records.append(record) }
        }
        var name = asked
        var seconds = Int.max
        var aliases = 0
        while let record = records.first(where: { $0.name == name && $0.alias != nil }), let alias = record.alias {
            aliases += 1
            guard aliases <= Self.mostAliases else { throw .circle }
            seconds = min(seconds, record.seconds)
            name = alias
        }
        let found = records.filter { $0.name == name && $0.value != nil }
        guard !found.isEmpty else { return nil }
        values = found.compactMap(\.value)
        self.seconds = found.reduce(seconds) { min($0, $1.seconds) }
    }

    /// - Returns: nil for a record that nobody has asked for.
    private static func record(_ reader: inout DNSReader, _ asked: DNSType) throws(DNSFault) -> Record? {
        let name = try reader.name()
        let type = try reader.number16()
        let kind = try reader.number16()
        let time = try reader.number32()
        let length = try reader.number16()
        let start = reader.index
        defer { reader.index = start + length }
        try reader.skip(length)
        reader.index = start
        // RFC 2181 section 8.
        let seconds = time > 0x7FFF_FFFF ? 0 : time
        guard kind == 1 else { return nil }
        switch type {
        case DNSType.alias:
            let alias = try reader.name()
            return Record(name: name, value: nil, alias: alias, seconds: seconds)
        case asked.rawValue:
            let value = try value(&reader, asked, length)
            guard reader.index == start + length else { throw .oddLength }
            return Record(name: name, value: value, alias: nil, seconds: seconds)
        default: return nil
        }
    }

    private static func value(_ reader: inout DNSReader, _ type: DNSType, _ length: Int) throws(DNSFault) -> Value {
        switch type {
        case .a:
            guard length == 4 else { throw .oddLength }
            return .v4(try reader.bytes(4))
        case .aaaa:
            guard length == 16 else { throw .oddLength }
            return .v6(try reader.bytes(16))
        case .srv:
            let priority = try reader.number16()
            let weight = try reader.number16()
            let port = try reader.number16()
            return .service(DNSService(priority: priority, weight: weight, port: port, target: try reader.name()))
        }
    }
}

/// The records that are asked for, by their numbers.
package enum DNSType: Int, Sendable, CaseIterable {
    case a = 1
    case aaaa = 28
    case srv = 33

    static let alias = 5
}
