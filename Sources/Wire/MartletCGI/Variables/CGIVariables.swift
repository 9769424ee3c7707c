package import NIOCore

/// One list of CGI variables: names and values as they came, all in one buffer, in their order and with their
/// duplicates.
///
/// What the names mean is not decided here. uwsgi, SCGI and FastCGI fill it from what a peer sent; a request fills it
/// for an upstream or a script. It never holds more than its limits allow.
package struct CGIVariables: Sendable {
    /// How much one list may hold.
    package struct Limits: Sendable, Equatable {
        /// Names and values together, in bytes. uwsgi's packet: 65,535.
        package var bytes: Int
        /// How many there are. Apache with `SSLOptions +StdEnvVars` and 100 fields sends about 200.
        package var count: Int

        package init(bytes: Int = 65_535, count: Int = 512) {
            self.bytes = min(max(bytes, 0), Int(Int32.max))
            self.count = max(count, 0)
        }
    }

    /// What the list has no room for.
    package enum Overflow: Error, Sendable, Equatable {
        case tooManyBytes(limit: Int)
        case tooManyVariables(limit: Int)
    }

    /// Where a name and its value are, in bytes from the beginning of ``bytes``.
    package struct Entry: Sendable, Equatable {
        fileprivate let nameStart: UInt32
        fileprivate let nameEnd: UInt32
        fileprivate let valueStart: UInt32
        fileprivate let valueEnd: UInt32

        package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// What ``entries`` point into; it may hold other bytes between them.
    package private(set) var bytes: ByteBuffer
    package private(set) var entries: [Entry] = []
    package let limits: Limits
    /// The bytes of all names and values.
    package private(set) var size = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
        bytes = ByteBuffer()
    }

    /// A list whose names and values lie in bytes that are here already:
    /// ``append(nameAt:valueAt:)`` adds them.
    package init(within bytes: ByteBuffer, limits: Limits = Limits()) {
        self.limits = limits
        self.bytes = bytes.slice()
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Empties the list and keeps its memory.
    package mutating func removeAll() {
        bytes.clear()
        entries.removeAll(keepingCapacity: true)
        size = 0
    }
}

// MARK: - Adding

extension CGIVariables {
    /// Adds a variable; both texts are copied.
    package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) throws(Overflow) {
        try makeRoom(name.count, value.count)
        let start = bytes.readableBytes
        bytes.writeBytes(name)
        bytes.writeBytes(value)
        note(start..<(start &+ name.count), (start &+ name.count)..<(start &+ name.count &+ value.count))
    }

    /// Adds a variable that is made of literals and other texts.
    package mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) throws(Overflow) {
        try makeRoom(name.utf8CodeUnitCount, value.count)
        let start = bytes.readableBytes
        bytes.writeStaticString(name)
        let middle = bytes.readableBytes
        bytes.writeBytes(value)
        note(start..<middle, middle..<bytes.readableBytes)
    }

    package mutating func append(_ name: StaticString, _ value: String) throws(Overflow) {
        try append(name, value.utf8)
    }

    /// Adds a variable that lies in ``bytes`` already.
    ///
    /// - Parameters: ranges in ``bytes``; what lies outside of them counts as empty.
    package mutating func append(nameAt name: Range<Int>, valueAt value: Range<Int>) throws(Overflow) {
        let all = 0..<bytes.readableBytes
        let (name, value) = (name.clamped(to: all), value.clamped(to: all))
        try makeRoom(name.count, value.count)
        note(name, value)
    }

    private func makeRoom(_ name: Int, _ value: Int) throws(Overflow) {
        guard entries.count < limits.count else { throw .tooManyVariables(limit: limits.count) }
        let room = limits.bytes &- size
        guard name <= room, value <= room &- name else { throw .tooManyBytes(limit: limits.bytes) }
    }

    private mutating func note(_ name: Range<Int>, _ value: Range<Int>) {
        size &+= name.count &+ value.count
        entries.append(
            Entry(
                nameStart: UInt32(clamping: name.lowerBound),
                nameEnd: UInt32(clamping: name.upperBound),
                valueStart: UInt32(clamping: value.lowerBound),
                valueEnd: UInt32(clamping: value.upperBound)
            )
        )
    }
}

// MARK: - Reading

extension CGIVariables {
    /// Calls `body` with each name and value, in order.
    package func forEach(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try bytes.withUnsafeReadableBytes { bytes in
            for entry in entries {
                try body(
                    UnsafeRawBufferPointer(rebasing: bytes[entry.name]),
                    UnsafeRawBufferPointer(rebasing: bytes[entry.value])
                )
            }
        }
    }

    /// The value of a variable, for tests and for rare ones. Of several with one name the last counts, as in nginx and
    /// uWSGI: a configuration includes the usual list and then says what it wants otherwise.
    package subscript(_ name: String) -> String? {
        var found: String?
        forEach { if $0.elementsEqual(name.utf8) { found = String(decoding: $1, as: UTF8.self) } }
        return found
    }

    /// Names and values as text, for tests and logs.
    package var pairs: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        forEach { pairs.append((String(decoding: $0, as: UTF8.self), String(decoding: $1, as: UTF8.self))) }
        return pairs
    }
}
