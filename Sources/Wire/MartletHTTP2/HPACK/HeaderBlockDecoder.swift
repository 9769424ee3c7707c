import MartletBytes
import MartletHTTP1

/// Decodes header blocks (RFC 7541 section 3): each field goes to a ``FieldCollector``.
///
/// The rules:
///
/// 1. A fault of the encoding is one of the whole connection, for from then on the two dynamic tables are not the same.
///    What is wrong with a field is noted by its collector, and concerns one stream.
/// 2. So a block is always decoded to its end, however large its list of fields is: what is too much goes into the table,
///    but is not collected.
struct HeaderBlockDecoder: Sendable {
    private(set) var table = DynamicTable()

    /// - Returns: whether the block is valid.
    mutating func decode<Fields: FieldCollector & ~Copyable>(
        _ block: UnsafeRawBufferPointer,
        into builder: inout Fields,
        _ head: Fields.Memory
    ) -> Bool {
        var reader = BlockReader(block)
        var sizeUpdates = 0
        var hasFields = false
        while let first = reader.next {
            if first & 0x80 != 0 {
                guard let index = reader.integer(prefix: 7), addIndexed(index, to: &builder, head) else { return false }
                hasFields = true
            } else if first & 0xE0 == 0x20 {
                // Two at most, and only before the first field (RFC 7541 section 4.2).
                sizeUpdates &+= 1
                guard !hasFields, sizeUpdates <= 2, let size = reader.integer(prefix: 5), table.setLimit(size) else {
                    return false
                }
            } else {
                let isIndexed = first & 0x40 != 0
                guard let index = reader.integer(prefix: isIndexed ? 6 : 4),
                    addLiteral(name: index, &reader, isIndexed: isIndexed, to: &builder, head)
                else { return false }
                hasFields = true
            }
        }
        return true
    }

    @inline(__always)
    private func addIndexed<Fields: FieldCollector & ~Copyable>(
        _ index: Int,
        to builder: inout Fields,
        _ head: Fields.Memory
    ) -> Bool {
        if index <= StaticTable.count {
            guard index > 0 else { return false }
            let entry = StaticTable.entries[index]
            guard builder.hasRoom(entry.nameCount, entry.valueCount) else { return true }
            entry.bytes.withUnsafeBytes { builder.copy($0, to: head) }
            builder.take(entry.nameCount, entry.valueCount, entry.kind, isValid: true, head)
            return true
        }
        guard let entry = table.entry(index &- StaticTable.count &- 1) else { return false }
        let (nameCount, valueCount) = (Int(entry.nameCount), Int(entry.valueCount))
        guard builder.hasRoom(nameCount, valueCount) else { return true }
        table.withBytes(of: entry) { builder.copy($0, to: head) }
        builder.take(nameCount, valueCount, entry.kind, isValid: entry.isValid, head)
        return true
    }

    /// Decodes a field behind the bytes that are there, and takes it in if it is not too much.
    private mutating func addLiteral<Fields: FieldCollector & ~Copyable>(
        name index: Int,
        _ reader: inout BlockReader,
        isIndexed: Bool,
        to builder: inout Fields,
        _ head: Fields.Memory
    ) -> Bool {
        let nameCount: Int
        let kind: FieldKind
        if index == 0 {
            guard let text = reader.text(), let count = text.decode(into: builder.room(text.bound, in: head)) else {
                return false
            }
            nameCount = count
            kind = FieldKind(name: UnsafeRawBufferPointer(rebasing: builder.room(count, in: head)[..<count]))
        } else if index <= StaticTable.count {
            let entry = StaticTable.entries[index]
            nameCount = entry.nameCount
            kind = entry.kind
            entry.bytes.withUnsafeBytes { builder.copy($0, to: head) }
        } else {
            guard let entry = table.entry(index &- StaticTable.count &- 1) else { return false }
            nameCount = Int(entry.nameCount)
            kind = entry.kind
            table.withBytes(of: entry) { builder.copy($0, to: head) }
        }
        guard let text = reader.text() else { return false }
        let room = builder.room(nameCount &+ text.bound, in: head)
        guard let valueCount = text.decode(into: UnsafeMutableRawBufferPointer(rebasing: room[nameCount...])) else {
            return false
        }
        let field = UnsafeRawBufferPointer(rebasing: room[..<(nameCount &+ valueCount)])
        let isValid = Self.isValue(UnsafeRawBufferPointer(rebasing: field[nameCount...]))
        if isIndexed { table.insert(field, nameCount: nameCount, kind: kind, isValid: isValid) }
        if builder.hasRoom(nameCount, valueCount) {
            builder.take(nameCount, valueCount, kind, isValid: isValid, head)
        }
        return true
    }

    /// No control characters, and no white space around it (RFC 9113 section 8.2.1).
    @inline(__always)
    private static func isValue(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first, let last = value.last else { return true }
        if ASCII.isBlank(first) || ASCII.isBlank(last) { return false }
        return ByteScan.firstControl(value, from: 0, to: value.count) == nil
    }
}
