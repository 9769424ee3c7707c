internal import MartletBytes

/// The head of a request as the bytes it came in, plus a table of where its parts are.
///
/// Nothing is decoded until it is asked for: a `String` is made per access, so the usual request costs two or three
/// small ones. A head is written once, by a codec or by `init(method:target:version:fields:)`, and never changes
/// while anybody but its owner holds it, which makes sharing it between threads safe.
public final class RequestHead: @unchecked Sendable {
    /// A part of the head: offsets in bytes from its start. 16 bits are enough because a head is limited to 64 KB - 1.
    @frozen @usableFromInline package struct Span: Sendable, Equatable {
        @usableFromInline package var start: UInt16
        @usableFromInline package var end: UInt16

        @inlinable package init(start: Int, end: Int) {
            self.start = UInt16(truncatingIfNeeded: start)
            self.end = UInt16(truncatingIfNeeded: end)
        }

        @inlinable package var count: Int { Int(end) &- Int(start) }
        @inlinable package var range: Range<Int> { Int(start)..<max(Int(start), Int(end)) }
    }

    /// One field line: the name and the value without the white space around it.
    @frozen @usableFromInline package struct Field: Sendable, Equatable {
        @usableFromInline package var name: Span
        @usableFromInline package var value: Span

        @inlinable package init(name: Span, value: Span) {
            self.name = name
            self.value = value
        }
    }

    /// What is known of the parts of a head.
    package struct Table: Sendable {
        package var fields: [Field] = []
        package var method = Span(start: 0, end: 0)
        package var target = Span(start: 0, end: 0)
        /// The path of the target, still percent-encoded; empty for the asterisk form.
        package var path = Span(start: 0, end: 0)
        /// The query without its question mark, or nil if there is none.
        package var query: Span?
        /// The authority of an absolute-form target, else the value of Host.
        package var authority: Span?
        package var version = HTTPVersion.http11
        /// Whether there are forwarding fields such as X-Forwarded-For, known without a search.
        package var hasForwarding = false

        package init() {}

        /// Resets everything to its initial value, but keeps the memory of `fields`.
        package mutating func reset() {
            fields.removeAll(keepingCapacity: true)
            method = Span(start: 0, end: 0)
            target = method
            path = method
            query = nil
            authority = nil
            version = .http11
            hasForwarding = false
        }
    }

    /// The largest head that the 16-bit table can describe. nginx stops at 32 KB by default, Apache at 800 KB.
    public static let maximumSize = 65_535

    // As with the table, nobody calls anybody while he reads or changes these.
    @exclusivity(unchecked) package private(set) var bytes: UnsafeMutableRawBufferPointer
    @exclusivity(unchecked) package private(set) var count = 0
    /// Where the parts are. A codec fills a table of its own and swaps it in when the head is complete.
    ///
    /// Nobody who reads or swaps it calls anybody meanwhile: the checks for that would show where every request passes.
    @exclusivity(unchecked) package var table: Table

    package init(capacity: Int = 1024) {
        bytes = .allocate(byteCount: capacity, alignment: 16)
        table = Table()
    }

    deinit {
        bytes.deallocate()
    }

    /// Takes a copy of the bytes that the table describes.
    package func store(_ source: UnsafeRawBufferPointer) {
        if source.count > bytes.count {
            bytes.deallocate()
            bytes = .allocate(byteCount: source.count, alignment: 16)
        }
        if let base = source.baseAddress, source.count > 0, let own = bytes.baseAddress {
            own.copyMemory(from: base, byteCount: source.count)
        }
        count = source.count
    }

    /// Appends bytes; used when a field's value is replaced.
    ///
    /// - Returns: where they are; nil if the head would become too large.
    package func append(_ more: [UInt8]) -> Span? {
        let end = count + more.count
        guard end <= Self.maximumSize else { return nil }
        reserve(end)
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<end]).copyBytes(from: more)
        defer { count = end }
        return Span(start: count, end: end)
    }

    /// Appends a copy of bytes that are somewhere else.
    ///
    /// - Returns: where they are; nil if the head would become too large.
    package func append(_ more: UnsafeRawBufferPointer) -> Span? {
        let end = count &+ more.count
        guard end <= Self.maximumSize else { return nil }
        reserve(end)
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<end]).copyMemory(from: more)
        defer { count = end }
        return Span(start: count, end: end)
    }

    /// Makes room for `capacity` bytes, and keeps what has been written: a codec that decodes writes them in place.
    @inline(__always)
    package func reserve(_ capacity: Int) {
        if capacity > bytes.count { grow(to: capacity) }
    }

    private func grow(to capacity: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity &+ capacity / 2, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(bytes))
        bytes.deallocate()
        bytes = larger
    }

    /// The first `count` bytes have been written.
    package func setCount(_ count: Int) { self.count = min(count, bytes.count) }

    package func slice(_ span: Span) -> UnsafeRawBufferPointer {
        let range = span.range
        guard range.upperBound <= count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    package func string(_ span: Span) -> String {
        String(decoding: slice(span), as: UTF8.self)
    }
}

// MARK: - The table's entries

extension RequestHead {
    package var fields: [Field] {
        get { table.fields }
        set { table.fields = newValue }
    }
    package var method: Span {
        get { table.method }
        set { table.method = newValue }
    }
    package var target: Span {
        get { table.target }
        set { table.target = newValue }
    }
    package var path: Span {
        get { table.path }
        set { table.path = newValue }
    }
    package var query: Span? {
        get { table.query }
        set { table.query = newValue }
    }
    package var authority: Span? {
        get { table.authority }
        set { table.authority = newValue }
    }
    package var version: HTTPVersion {
        get { table.version }
        set { table.version = newValue }
    }
    package var hasForwarding: Bool {
        get { table.hasForwarding }
        set { table.hasForwarding = newValue }
    }
}

// MARK: - Heads that are no text

extension RequestHead {
    /// Builds a head without a codec: for tests, and for protocols whose heads do not come as HTTP/1 text.
    ///
    /// - Parameter target: path and query, still percent-encoded.
    package convenience init(
        method: String,
        target: String,
        version: HTTPVersion = .http11,
        fields list: [(String, String)]
    ) {
        var text: [UInt8] = []
        func add(_ part: String) -> Span {
            let start = text.count
            text.append(contentsOf: part.utf8)
            return Span(start: start, end: text.count)
        }
        let methodSpan = add(method)
        let targetSpan = add(target)
        var entries: [Field] = []
        var host: Span?
        for (name, value) in list {
            let field = Field(name: add(name), value: add(value))
            if ASCIICase.equals(name.utf8, "host") { host = field.value }
            entries.append(field)
        }
        self.init(capacity: max(64, text.count))
        text.withUnsafeBytes { store($0) }
        self.method = methodSpan
        self.target = targetSpan
        self.version = version
        fields = entries
        authority = host
        setPathAndQuery(from: targetSpan)
    }

    /// Whether the target is the server as a whole.
    package var isForServer: Bool { target.count == 1 && slice(target).elementsEqual("*".utf8) }

    /// Splits an origin-form target at its question mark.
    package func setPathAndQuery(from span: Span) {
        let target = slice(span)
        if target.count == 1, target[0] == UInt8(ascii: "*") {
            path = Span(start: Int(span.start), end: Int(span.start))
            query = nil
            return
        }
        if let mark = target.firstIndex(of: UInt8(ascii: "?")) {
            path = Span(start: Int(span.start), end: Int(span.start) + mark)
            query = Span(start: Int(span.start) + mark + 1, end: Int(span.end))
        } else {
            path = span
            query = nil
        }
    }
}
