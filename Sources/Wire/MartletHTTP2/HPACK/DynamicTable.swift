/// The dynamic table of a decoder (RFC 7541 section 2.3.2): a ring of entries over one block of bytes, which moves to the
/// front when its end is reached. It has no memory before its first entry.
struct DynamicTable: Sendable {
    struct Entry: Sendable {
        var offset: Int32 = 0
        var nameCount: Int32 = 0
        var valueCount: Int32 = 0
        var kind = FieldKind.regular
        var isValid = true

        var count: Int { Int(nameCount) &+ Int(valueCount) }
    }

    /// What each entry costs besides its bytes (RFC 7541 section 4.1).
    static let overhead = 32

    /// What the peer was told: SETTINGS_HEADER_TABLE_SIZE.
    let maximum: Int
    /// What the peer has chosen.
    private(set) var limit: Int
    private(set) var size = 0
    private(set) var count = 0
    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private let mask: Int
    private var newest = 0
    /// Where the bytes of the entries begin and end.
    private var start = 0
    private var end = 0

    init(maximum: Int = 4096) {
        self.maximum = maximum
        limit = maximum
        var slots = 1
        while slots < maximum / Self.overhead { slots *= 2 }
        mask = slots - 1
    }

    /// - Returns: false if that is more than the peer was allowed.
    mutating func setLimit(_ new: Int) -> Bool {
        guard new <= maximum else { return false }
        limit = new
        evict(for: 0)
        return true
    }

    /// - Parameter index: 0 is the newest.
    @inline(__always)
    func entry(_ index: Int) -> Entry? {
        guard index < count else { return nil }
        return entries[(newest &- index) & mask]
    }

    /// The name of an entry, and the value behind it.
    @inline(__always)
    func withBytes<Result>(of entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            let start = Int(entry.offset)
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<(start &+ entry.count)]))
        }
    }

    /// Adds an entry; one that is larger than the table only empties it (RFC 7541 section 4.4).
    ///
    /// - Parameter field: name and value behind each other.
    mutating func insert(_ field: UnsafeRawBufferPointer, nameCount: Int, kind: FieldKind, isValid: Bool) {
        let cost = field.count &+ Self.overhead
        evict(for: cost)
        guard cost <= limit, nameCount <= field.count else { return }
        if entries.isEmpty {
            entries = [Entry](repeating: Entry(), count: mask + 1)
            bytes = [UInt8](repeating: 0, count: maximum * 2)
        }
        if end &+ field.count > bytes.count { moveToFront() }
        bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[end..<(end &+ field.count)]).copyMemory(from: field)
        }
        newest = (newest &+ 1) & mask
        entries[newest] = Entry(
            offset: Int32(truncatingIfNeeded: end),
            nameCount: Int32(truncatingIfNeeded: nameCount),
            valueCount: Int32(truncatingIfNeeded: field.count &- nameCount),
            kind: kind,
            isValid: isValid
        )
        end &+= field.count
        count &+= 1
        size &+= cost
    }

    private mutating func evict(for room: Int) {
        while count > 0, size &+ room > limit {
            let oldest = entries[(newest &- count &+ 1) & mask]
            size &-= oldest.count &+ Self.overhead
            start = Int(oldest.offset) &+ oldest.count
            count &-= 1
        }
        if count == 0 {
            start = 0
            end = 0
        }
    }

    /// The bytes of the entries are at most half of the block, so that there is room for one more behind them.
    private mutating func moveToFront() {
        bytes.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[..<(end &- start)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
        for index in 0..<count { entries[(newest &- index) & mask].offset &-= Int32(truncatingIfNeeded: start) }
        end &-= start
        start = 0
    }
}
